#!/usr/bin/env bash
# The whole lab, as a student would do it with the AWS CLI. ../common.sh says how it is called, and what is in its environment.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
STEPS=(machines service kill-task kill-instance bad-image breaker fill capacity placement daemon load clean-up)

# shellcheck source=../common.sh
source "$HERE/../common.sh"

: "${LAB_CLUSTER:=night-watch}"
: "${LAB_NETWORK:=night-watch-net}"
: "${LAB_PROFILE:=night-watch-profile}"
: "${LAB_TEMPLATE:=night-watch-template}"
: "${LAB_GROUP:=night-watch-group}"
: "${LAB_FAMILY:=night-watch-worker}"
: "${LAB_SERVICE:=worker}"
: "${LAB_HEAVY_FAMILY:=night-watch-heavy}"
: "${LAB_HEAVY:=heavy}"
: "${LAB_PACKED:=packed}"
: "${LAB_WATCHER:=watcher}"
: "${LAB_PROVIDER:=night-watch-provider}"

# What a mistake may change.
MAX_MACHINES=4
BREAKER='deploymentCircuitBreaker={enable=true,rollback=true},minimumHealthyPercent=100,maximumPercent=200'
PACKING=type=binpack,field=memory
SCHEDULING=DAEMON
MAX_WORKERS=8

RESOURCE="service/$LAB_CLUSTER/$LAB_SERVICE"
# service NAME FAMILY OPTION...
service() {
  local name=$1 family=$2
  shift 2
  aws ecs create-service --cluster "$LAB_CLUSTER" --service-name "$name" --task-definition "$family" "$@" >/dev/null
}

# --- 1 machines, 2 service ------------------------------------------------------------------------------------------

# Network and instance profile are of the lab's stack.
make_machines() {
  local subnets
  aws ecs create-cluster --cluster-name "$LAB_CLUSTER" >/dev/null
  aws ec2 create-launch-template --launch-template-name "$LAB_TEMPLATE" --launch-template-data "{
    \"ImageId\": \"$(ecs_image)\", \"InstanceType\": \"t3.small\", \"IamInstanceProfile\": {\"Name\": \"$LAB_PROFILE\"},
    \"UserData\": \"$(joining_user_data)\"}" >/dev/null
  subnets=$(aws ec2 describe-subnets --filters "Name=vpc-id,Values=$(vpc_named "$LAB_NETWORK")" \
    --query "join(',',sort_by(Subnets,&AvailabilityZone)[:2].SubnetId)" --output text)
  aws autoscaling create-auto-scaling-group --auto-scaling-group-name "$LAB_GROUP" \
    --launch-template "LaunchTemplateName=$LAB_TEMPLATE,Version=\$Latest" --vpc-zone-identifier "$subnets" \
    --min-size 2 --max-size "$MAX_MACHINES" --desired-capacity 2
}
wait_machines() { settle 240; }

worker() { render worker.json; }
make_service() {
  register "$(worker)"
  service "$LAB_SERVICE" "$LAB_FAMILY" --desired-count 4 --placement-strategy type=spread,field=instanceId
}
wait_service() { settle 120 steady "$LAB_SERVICE"; }

# --- 3 kill-task, 4 kill-instance -----------------------------------------------------------------------------------

make_kill_task() { stop_a_task "$LAB_SERVICE" 'to see it replaced'; }
wait_kill_task() { settle 120 steady "$LAB_SERVICE"; }

make_kill_instance() {
  local instance
  instance=$(aws autoscaling describe-auto-scaling-groups --auto-scaling-group-names "$LAB_GROUP" \
    --query 'AutoScalingGroups[0].Instances[0].InstanceId' --output text)
  aws ec2 terminate-instances --instance-ids "$instance" >/dev/null
  settle 480
  update "$LAB_SERVICE" --force-new-deployment --deployment-configuration minimumHealthyPercent=50,maximumPercent=100
}
wait_kill_instance() { settle 240 steady "$LAB_SERVICE"; }

# --- 5 bad-image, 6 breaker -----------------------------------------------------------------------------------------

make_bad_image() {
  register "$(worker | sed 's/busybox:stable/busybox:no-such-tag/')"
  update "$LAB_SERVICE" --task-definition "$LAB_FAMILY:2" --deployment-configuration minimumHealthyPercent=100,maximumPercent=200
}
wait_bad_image() { settle 180; }

make_breaker() {
  update "$LAB_SERVICE" --task-definition "$LAB_FAMILY:1" --deployment-configuration "$BREAKER"
  settle 180 steady "$LAB_SERVICE"
  update "$LAB_SERVICE" --task-definition "$LAB_FAMILY:2"
}
wait_breaker() { settle 600 steady "$LAB_SERVICE"; }

# --- 7 fill, 8 capacity ---------------------------------------------------------------------------------------------

make_fill() {
  register "$(render heavy.json)"
  service "$LAB_HEAVY" "$LAB_HEAVY_FAMILY" --desired-count 3 \
    --deployment-configuration minimumHealthyPercent=0,maximumPercent=100
}
wait_fill() { settle 90; }

join_provider() {
  aws ecs put-cluster-capacity-providers --cluster "$LAB_CLUSTER" --capacity-providers "$LAB_PROVIDER" \
    --default-capacity-provider-strategy "capacityProvider=$LAB_PROVIDER,weight=1" >/dev/null
}
use_provider() {
  update "$LAB_HEAVY" --capacity-provider-strategy "capacityProvider=$LAB_PROVIDER,weight=1" --force-new-deployment
}
make_capacity() {
  local arn
  arn=$(aws autoscaling describe-auto-scaling-groups --auto-scaling-group-names "$LAB_GROUP" \
    --query 'AutoScalingGroups[0].AutoScalingGroupARN' --output text)
  aws ecs create-capacity-provider --name "$LAB_PROVIDER" --auto-scaling-group-provider \
    "autoScalingGroupArn=$arn,managedScaling={status=ENABLED,targetCapacity=100},managedTerminationProtection=DISABLED" >/dev/null
  join_provider
  use_provider
}
wait_capacity() { settle 900 steady "$LAB_HEAVY"; }

# --- 9 placement, 10 daemon -----------------------------------------------------------------------------------------

make_placement() {
  delete_services "$LAB_HEAVY"
  # Tasks that are stopping still have their memory.
  settle 120
  service "$LAB_PACKED" "$LAB_FAMILY:1" --desired-count 3 --placement-strategy "$PACKING"
}
wait_placement() { settle 120 steady "$LAB_PACKED"; }

make_daemon() {
  if [[ "$SCHEDULING" == DAEMON ]]; then
    service "$LAB_WATCHER" "$LAB_FAMILY:1" --scheduling-strategy DAEMON
  else
    service "$LAB_WATCHER" "$LAB_FAMILY:1" --desired-count 2
  fi
}
wait_daemon() { settle 120 steady "$LAB_WATCHER"; }

# --- 11 load --------------------------------------------------------------------------------------------------------

make_room() { delete_services "$LAB_PACKED" "$LAB_WATCHER"; }
make_load() {
  aws application-autoscaling register-scalable-target --service-namespace ecs --scalable-dimension ecs:service:DesiredCount \
    --resource-id "$RESOURCE" --min-capacity 4 --max-capacity "$MAX_WORKERS" >/dev/null
  aws application-autoscaling put-scaling-policy --service-namespace ecs --scalable-dimension ecs:service:DesiredCount \
    --resource-id "$RESOURCE" --policy-name cpu --policy-type TargetTrackingScaling --target-tracking-scaling-policy-configuration \
    'TargetValue=50,PredefinedMetricSpecification={PredefinedMetricType=ECSServiceAverageCPUUtilization},ScaleOutCooldown=60' >/dev/null
  make_room
  register "$(render busy.json)"
  update "$LAB_SERVICE" --task-definition "$LAB_FAMILY"
}
wait_load() { settle 720; }

# --- 12 clean-up ----------------------------------------------------------------------------------------------------

delete_provider() { aws ecs delete-capacity-provider --capacity-provider "$LAB_PROVIDER" >/dev/null; }
make_clean_up() {
  aws application-autoscaling deregister-scalable-target --service-namespace ecs --scalable-dimension ecs:service:DesiredCount \
    --resource-id "$RESOURCE"
  delete_services "$LAB_SERVICE"
  settle 60 aws ecs wait services-inactive --cluster "$LAB_CLUSTER" --services "$LAB_SERVICE"
  aws ecs put-cluster-capacity-providers --cluster "$LAB_CLUSTER" --capacity-providers '[]' \
    --default-capacity-provider-strategy '[]' >/dev/null
  aws autoscaling delete-auto-scaling-group --auto-scaling-group-name "$LAB_GROUP" --force-delete
  settle 180
  delete_provider
  aws ec2 delete-launch-template --launch-template-name "$LAB_TEMPLATE" >/dev/null
  deregister "$LAB_FAMILY" "$LAB_HEAVY_FAMILY"
  aws ecs delete-cluster --cluster "$LAB_CLUSTER" >/dev/null
}

if [[ "${BASH_SOURCE[0]}" == "$0" ]]; then main "$@"; fi
