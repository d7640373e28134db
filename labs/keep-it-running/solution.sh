#!/usr/bin/env bash
# The whole lab, as a student would do it with the AWS CLI.
#
#   solution.sh all              every step in order
#   solution.sh STEP_ID ...      these steps, in this order; each finds by name what earlier ones made
#   solution.sh steps            the step ids, one per line
#
# Environment (all optional):
#   AWS_ENDPOINT_URL       where the API is; unset means AWS
#   AWS_DEFAULT_REGION     default us-east-1
#   LAB_<VALUE>            a value of lab.yaml in capitals, such as LAB_CLUSTER
#   DRYDOCK_ADVANCE_URL    instead of waiting, POST {"seconds":N} here (a practice cloud with a manual clock)
#
# Sourced, it only defines its functions: mistakes/*.sh replace one of them and run the rest unchanged.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
STEPS=(machines service kill-task kill-instance bad-image breaker fill capacity placement daemon load clean-up)

export AWS_PAGER=""
export AWS_DEFAULT_REGION="${AWS_DEFAULT_REGION:-${AWS_REGION:-us-east-1}}"
: "${LAB_CLUSTER:=night-watch}"
: "${LAB_ROLE:=night-watch-instance}"
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

say() { printf '%s\n' "$*" >&2; }
fail() { say "solution.sh: $*"; exit 1; }

# --- time ------------------------------------------------------------------------------------------------------------

# let_time_pass SECONDS: of the world's time, at once where the clock is ours.
let_time_pass() {
  if [[ -n "${DRYDOCK_ADVANCE_URL:-}" ]]; then
    curl --silent --show-error --fail --noproxy '*' --output /dev/null --request POST \
      --header 'content-type: application/json' --data "{\"seconds\":$1}" "$DRYDOCK_ADVANCE_URL"
  else
    sleep "$1"
  fi
}

# settle SECONDS [WAITER...]: on AWS the waiter (or the time, if there is none), in a world of our own the time alone.
settle() {
  local seconds=$1
  shift
  if [[ -n "${DRYDOCK_ADVANCE_URL:-}" || $# -eq 0 ]]; then let_time_pass "$seconds"; else "$@"; fi
}

# --- finding things by name ----------------------------------------------------------------------------------------

present() { [[ -n "$1" && "$1" != None ]]; }
need() { present "$2" || fail "no $1 yet: run its step first"; printf '%s' "$2"; }
tagged() { printf 'Name=tag:Name,Values=%s' "$1"; }
# tags TYPE NAME: for --tag-specifications
tags() { printf 'ResourceType=%s,Tags=[{Key=Name,Value=%s}]' "$1" "$2"; }

# render FILE: a file of the lab with every {{value}} filled in.
render() {
  local text name
  text=$(cat "$HERE/files/$1")
  for name in ${!LAB_@}; do
    text=${text//"{{$(tr '[:upper:]' '[:lower:]' <<<"${name#LAB_}")}}"/${!name}}
  done
  text=${text//'{{region}}'/$AWS_DEFAULT_REGION}
  printf '%s' "${text//'{{account_id}}'/${ACCOUNT_ID:-}}"
}
account() { ACCOUNT_ID=${ACCOUNT_ID:-$(aws sts get-caller-identity --query Account --output text)}; }

RESOURCE="service/$LAB_CLUSTER/$LAB_SERVICE"
steady() { aws ecs wait services-stable --cluster "$LAB_CLUSTER" --services "$1"; }
register() { aws ecs register-task-definition --cli-input-json "$1" >/dev/null; }
# service NAME FAMILY OPTION...
service() {
  local name=$1 family=$2
  shift 2
  aws ecs create-service --cluster "$LAB_CLUSTER" --service-name "$name" --task-definition "$family" "$@" >/dev/null
}
update() {
  local name=$1
  shift
  aws ecs update-service --cluster "$LAB_CLUSTER" --service "$name" "$@" >/dev/null
}

# --- 1 machines, 2 service ------------------------------------------------------------------------------------------

user_data() { printf '#!/bin/bash\necho ECS_CLUSTER=%s >> /etc/ecs/ecs.config\n' "$LAB_CLUSTER" | base64 | tr -d '\n'; }
make_machines() {
  local image subnets
  aws ecs create-cluster --cluster-name "$LAB_CLUSTER" >/dev/null
  aws iam create-role --role-name "$LAB_ROLE" --assume-role-policy-document "$(render instance-role.json)" >/dev/null
  aws iam attach-role-policy --role-name "$LAB_ROLE" \
    --policy-arn arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role
  aws iam create-instance-profile --instance-profile-name "$LAB_PROFILE" >/dev/null
  aws iam add-role-to-instance-profile --instance-profile-name "$LAB_PROFILE" --role-name "$LAB_ROLE"
  settle 15
  image=$(aws ssm get-parameter --name /aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id \
    --query Parameter.Value --output text)
  aws ec2 create-launch-template --launch-template-name "$LAB_TEMPLATE" --launch-template-data "{
    \"ImageId\": \"$image\", \"InstanceType\": \"t3.small\", \"IamInstanceProfile\": {\"Name\": \"$LAB_PROFILE\"},
    \"UserData\": \"$(user_data)\"}" >/dev/null
  subnets=$(aws ec2 describe-subnets --filters Name=default-for-az,Values=true \
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

make_kill_task() {
  local task
  task=$(aws ecs list-tasks --cluster "$LAB_CLUSTER" --service-name "$LAB_SERVICE" --query 'taskArns[0]' --output text)
  aws ecs stop-task --cluster "$LAB_CLUSTER" --task "$(need task "$task")" --reason 'to see it replaced' >/dev/null
}
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
  aws ecs delete-service --cluster "$LAB_CLUSTER" --service "$LAB_HEAVY" --force >/dev/null
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

make_room() {
  local name
  for name in "$LAB_PACKED" "$LAB_WATCHER"; do
    aws ecs delete-service --cluster "$LAB_CLUSTER" --service "$name" --force >/dev/null
  done
}
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
  local revision
  aws application-autoscaling deregister-scalable-target --service-namespace ecs --scalable-dimension ecs:service:DesiredCount \
    --resource-id "$RESOURCE"
  aws ecs delete-service --cluster "$LAB_CLUSTER" --service "$LAB_SERVICE" --force >/dev/null
  settle 60 aws ecs wait services-inactive --cluster "$LAB_CLUSTER" --services "$LAB_SERVICE"
  aws ecs put-cluster-capacity-providers --cluster "$LAB_CLUSTER" --capacity-providers '[]' \
    --default-capacity-provider-strategy '[]' >/dev/null
  aws autoscaling delete-auto-scaling-group --auto-scaling-group-name "$LAB_GROUP" --force-delete
  settle 180
  delete_provider
  aws ec2 delete-launch-template --launch-template-name "$LAB_TEMPLATE" >/dev/null
  aws iam remove-role-from-instance-profile --instance-profile-name "$LAB_PROFILE" --role-name "$LAB_ROLE"
  aws iam delete-instance-profile --instance-profile-name "$LAB_PROFILE"
  aws iam detach-role-policy --role-name "$LAB_ROLE" \
    --policy-arn arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role
  aws iam delete-role --role-name "$LAB_ROLE"
  for revision in "$LAB_FAMILY:1" "$LAB_FAMILY:2" "$LAB_FAMILY:3" "$LAB_HEAVY_FAMILY:1"; do
    aws ecs deregister-task-definition --task-definition "$revision" >/dev/null
  done
  aws ecs delete-cluster --cluster "$LAB_CLUSTER" >/dev/null
}

# --- running steps --------------------------------------------------------------------------------------------------

# only STEP: the student's part. run STEP: the student's part, then waiting for what follows from it.
only() {
  local step=${1//-/_}
  declare -F "make_$step" >/dev/null || fail "there is no step '$1'; the steps are: ${STEPS[*]}"
  say "== $1"
  "make_$step"
}
run() {
  local step=${1//-/_}
  only "$1"
  if declare -F "wait_$step" >/dev/null; then "wait_$step"; fi
}
# run_before STEP: every step above it.
run_before() {
  local step
  for step in "${STEPS[@]}"; do
    [[ "$step" == "$1" ]] && return 0
    run "$step"
  done
}

if [[ "${BASH_SOURCE[0]}" == "$0" ]]; then
  case "${1:-}" in
    "") fail "usage: solution.sh all | steps | STEP_ID ..." ;;
    all) for step in "${STEPS[@]}"; do run "$step"; done ;;
    steps) printf '%s\n' "${STEPS[@]}" ;;
    *) for step in "$@"; do run "$step"; done ;;
  esac
fi
