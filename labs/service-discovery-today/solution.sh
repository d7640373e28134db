#!/usr/bin/env bash
# The whole lab, as a student would do it with the AWS CLI. ../common.sh says how it is called, and what is in its environment.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
STEPS=(firewall machines namespace producers front names stranger connect clean-up)

# shellcheck source=../common.sh
source "$HERE/../common.sh"

: "${LAB_CLUSTER:=pier}"
: "${LAB_NETWORK:=pier-net}"
: "${LAB_WEB_GROUP:=pier-web}"
: "${LAB_DATA_GROUP:=pier-data}"
: "${LAB_PROFILE:=pier-profile}"
: "${LAB_TEMPLATE:=pier-template}"
: "${LAB_GROUP:=pier-group}"
: "${LAB_NAMESPACE:=pier}"
: "${LAB_PRODUCER_FAMILY:=pier-producer}"
: "${LAB_PRODUCER:=producer}"
: "${LAB_FRONT_FAMILY:=pier-front}"
: "${LAB_FRONT:=front}"

# What a mistake may change.
REGISTER=1

# The VPC and the instance profile are of the lab's stack.
find_subnets() {
  aws ec2 describe-subnets --filters "Name=vpc-id,Values=$(vpc_named "$LAB_NETWORK")" \
    --query "join(',',sort_by(Subnets,&AvailabilityZone)[:2].SubnetId)" --output text
}
find_namespace() {
  aws servicediscovery list-namespaces --query "Namespaces[?Name=='$LAB_NAMESPACE.local'].Id | [0]" --output text
}
# discovery WHAT: Id or Arn of the name dataproducer
discovery() {
  aws servicediscovery list-services --filters "Name=NAMESPACE_ID,Values=$(find_namespace)" \
    --query "Services[?Name=='dataproducer'].$1 | [0]" --output text
}

# --- 1 firewall, 2 machines -----------------------------------------------------------------------------------------

# open_data DATA_GROUP WEB_GROUP
open_data() {
  aws ec2 authorize-security-group-ingress --group-id "$1" --protocol tcp --port 4540 --source-group "$2" >/dev/null
}
group() {
  aws ec2 create-security-group --vpc-id "$(vpc_named "$LAB_NETWORK")" --group-name "$1" --description "$2" --query GroupId --output text
}
make_firewall() {
  local web data
  web=$(group "$LAB_WEB_GROUP" Machines)
  data=$(group "$LAB_DATA_GROUP" 'Data producers')
  aws ec2 authorize-security-group-ingress --group-id "$web" --protocol tcp --port 80 --cidr 0.0.0.0/0 >/dev/null
  open_data "$data" "$web"
}

make_machines() {
  local web
  aws ecs create-cluster --cluster-name "$LAB_CLUSTER" >/dev/null
  web=$(group_named "$LAB_WEB_GROUP")
  aws ec2 create-launch-template --launch-template-name "$LAB_TEMPLATE" --launch-template-data "{
    \"ImageId\": \"$(ecs_image)\", \"InstanceType\": \"t3.small\", \"IamInstanceProfile\": {\"Name\": \"$LAB_PROFILE\"},
    \"SecurityGroupIds\": [\"$web\"], \"UserData\": \"$(joining_user_data)\"}" >/dev/null
  aws autoscaling create-auto-scaling-group --auto-scaling-group-name "$LAB_GROUP" \
    --launch-template "LaunchTemplateName=$LAB_TEMPLATE,Version=\$Latest" --vpc-zone-identifier "$(find_subnets)" \
    --min-size 2 --max-size 2 --desired-capacity 2
}
wait_machines() { settle 240; }

# --- 3 namespace, 4 producers, 5 front ------------------------------------------------------------------------------

make_namespace() {
  aws servicediscovery create-private-dns-namespace --name "$LAB_NAMESPACE.local" --vpc "$(vpc_named "$LAB_NETWORK")" >/dev/null
  settle 90
  aws servicediscovery create-service --name dataproducer --dns-config \
    "NamespaceId=$(need namespace "$(find_namespace)"),RoutingPolicy=MULTIVALUE,DnsRecords=[{Type=A,TTL=10}]" \
    --health-check-custom-config FailureThreshold=1 >/dev/null
}

make_producers() {
  local registry=() data
  if [[ -n "$REGISTER" ]]; then registry=(--service-registries "registryArn=$(need registry "$(discovery Arn)")"); fi
  data=$(group_named "$LAB_DATA_GROUP")
  register "$(render producer.json)"
  aws ecs create-service --cluster "$LAB_CLUSTER" --service-name "$LAB_PRODUCER" --task-definition "$LAB_PRODUCER_FAMILY" \
    --desired-count 2 ${registry[@]+"${registry[@]}"} \
    --network-configuration "awsvpcConfiguration={subnets=[$(find_subnets)],securityGroups=[$data]}" >/dev/null
}
wait_producers() { settle 180 steady "$LAB_PRODUCER"; }

front() { render front.json; }
make_front() {
  register "$(front)"
  aws ecs create-service --cluster "$LAB_CLUSTER" --service-name "$LAB_FRONT" --task-definition "$LAB_FRONT_FAMILY" \
    --desired-count 2 --deployment-configuration minimumHealthyPercent=50,maximumPercent=100 >/dev/null
}
wait_front() { settle 120 steady "$LAB_FRONT"; }

# --- 6 names, 7 stranger --------------------------------------------------------------------------------------------

make_names() { stop_a_task "$LAB_PRODUCER" 'to see the registry follow'; }
wait_names() { settle 240 steady "$LAB_PRODUCER"; }

make_stranger() {
  aws servicediscovery register-instance --service-id "$(discovery Id)" --instance-id nobody \
    --attributes AWS_INSTANCE_IPV4=10.45.0.250 >/dev/null
}
wait_stranger() { settle 30; }

# --- 8 connect ------------------------------------------------------------------------------------------------------

send_stranger_away() {
  aws servicediscovery deregister-instance --service-id "$(discovery Id)" --instance-id nobody >/dev/null
}
connect_producer() { render connect-producer.json; }
connect_front() { update "$LAB_FRONT" --task-definition "$LAB_FRONT_FAMILY" --service-connect-configuration "$(render connect-front.json)"; }
make_connect() {
  send_stranger_away
  update "$LAB_PRODUCER" --service-connect-configuration "$(connect_producer)"
  settle 300 steady "$LAB_PRODUCER"
  register "$(front | sed "s/dataproducer.$LAB_NAMESPACE.local/dataproducer/")"
  connect_front
}
wait_connect() { settle 360 steady "$LAB_FRONT"; }

# --- 9 clean-up -----------------------------------------------------------------------------------------------------

delete_namespace() {
  local namespace id
  namespace=$(need namespace "$(find_namespace)")
  for id in $(aws servicediscovery list-services --filters "Name=NAMESPACE_ID,Values=$namespace" --query 'Services[].Id' --output text); do
    aws servicediscovery delete-service --id "$id" >/dev/null
  done
  aws servicediscovery delete-namespace --id "$namespace" >/dev/null
}
make_clean_up() {
  delete_services "$LAB_FRONT" "$LAB_PRODUCER"
  settle 120 aws ecs wait services-inactive --cluster "$LAB_CLUSTER" --services "$LAB_FRONT" "$LAB_PRODUCER"
  delete_namespace
  aws autoscaling delete-auto-scaling-group --auto-scaling-group-name "$LAB_GROUP" --force-delete
  settle 180
  aws ec2 delete-launch-template --launch-template-name "$LAB_TEMPLATE" >/dev/null
  aws ec2 delete-security-group --group-id "$(group_named "$LAB_DATA_GROUP")" >/dev/null
  aws ec2 delete-security-group --group-id "$(group_named "$LAB_WEB_GROUP")" >/dev/null
  deregister "$LAB_PRODUCER_FAMILY" "$LAB_FRONT_FAMILY"
  aws ecs delete-cluster --cluster "$LAB_CLUSTER" >/dev/null
}

if [[ "${BASH_SOURCE[0]}" == "$0" ]]; then main "$@"; fi
