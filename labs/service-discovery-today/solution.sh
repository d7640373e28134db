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
STEPS=(firewall machines namespace producers front names stranger connect clean-up)

export AWS_PAGER=""
export AWS_DEFAULT_REGION="${AWS_DEFAULT_REGION:-${AWS_REGION:-us-east-1}}"
: "${LAB_CLUSTER:=pier}"
: "${LAB_WEB_GROUP:=pier-web}"
: "${LAB_DATA_GROUP:=pier-data}"
: "${LAB_ROLE:=pier-instance}"
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

steady() { aws ecs wait services-stable --cluster "$LAB_CLUSTER" --services "$@"; }
register() { aws ecs register-task-definition --cli-input-json "$1" >/dev/null; }
update() {
  local name=$1
  shift
  aws ecs update-service --cluster "$LAB_CLUSTER" --service "$name" "$@" >/dev/null
}
find_group() {
  aws ec2 describe-security-groups --filters "Name=group-name,Values=$1" --query 'SecurityGroups[0].GroupId' --output text
}
default_subnets() {
  aws ec2 describe-subnets --filters Name=default-for-az,Values=true \
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
make_firewall() {
  local web data
  web=$(aws ec2 create-security-group --group-name "$LAB_WEB_GROUP" --description Machines --query GroupId --output text)
  data=$(aws ec2 create-security-group --group-name "$LAB_DATA_GROUP" --description 'Data producers' --query GroupId --output text)
  aws ec2 authorize-security-group-ingress --group-id "$web" --protocol tcp --port 80 --cidr 0.0.0.0/0 >/dev/null
  open_data "$data" "$web"
}

user_data() { printf '#!/bin/bash\necho ECS_CLUSTER=%s >> /etc/ecs/ecs.config\n' "$LAB_CLUSTER" | base64 | tr -d '\n'; }
make_machines() {
  local image web
  aws ecs create-cluster --cluster-name "$LAB_CLUSTER" >/dev/null
  aws iam create-role --role-name "$LAB_ROLE" --assume-role-policy-document "$(render instance-role.json)" >/dev/null
  aws iam attach-role-policy --role-name "$LAB_ROLE" \
    --policy-arn arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role
  aws iam create-instance-profile --instance-profile-name "$LAB_PROFILE" >/dev/null
  aws iam add-role-to-instance-profile --instance-profile-name "$LAB_PROFILE" --role-name "$LAB_ROLE"
  settle 15
  image=$(aws ssm get-parameter --name /aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id \
    --query Parameter.Value --output text)
  web=$(need 'security group' "$(find_group "$LAB_WEB_GROUP")")
  aws ec2 create-launch-template --launch-template-name "$LAB_TEMPLATE" --launch-template-data "{
    \"ImageId\": \"$image\", \"InstanceType\": \"t3.small\", \"IamInstanceProfile\": {\"Name\": \"$LAB_PROFILE\"},
    \"SecurityGroupIds\": [\"$web\"], \"UserData\": \"$(user_data)\"}" >/dev/null
  aws autoscaling create-auto-scaling-group --auto-scaling-group-name "$LAB_GROUP" \
    --launch-template "LaunchTemplateName=$LAB_TEMPLATE,Version=\$Latest" --vpc-zone-identifier "$(default_subnets)" \
    --min-size 2 --max-size 2 --desired-capacity 2
}
wait_machines() { settle 240; }

# --- 3 namespace, 4 producers, 5 front ------------------------------------------------------------------------------

make_namespace() {
  local vpc
  vpc=$(aws ec2 describe-vpcs --filters Name=is-default,Values=true --query 'Vpcs[0].VpcId' --output text)
  aws servicediscovery create-private-dns-namespace --name "$LAB_NAMESPACE.local" --vpc "$vpc" >/dev/null
  settle 90
  aws servicediscovery create-service --name dataproducer --dns-config \
    "NamespaceId=$(need namespace "$(find_namespace)"),RoutingPolicy=MULTIVALUE,DnsRecords=[{Type=A,TTL=10}]" \
    --health-check-custom-config FailureThreshold=1 >/dev/null
}

make_producers() {
  local registry=() data
  if [[ -n "$REGISTER" ]]; then registry=(--service-registries "registryArn=$(need registry "$(discovery Arn)")"); fi
  data=$(need 'security group' "$(find_group "$LAB_DATA_GROUP")")
  register "$(render producer.json)"
  aws ecs create-service --cluster "$LAB_CLUSTER" --service-name "$LAB_PRODUCER" --task-definition "$LAB_PRODUCER_FAMILY" \
    --desired-count 2 ${registry[@]+"${registry[@]}"} \
    --network-configuration "awsvpcConfiguration={subnets=[$(default_subnets)],securityGroups=[$data]}" >/dev/null
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

make_names() {
  local task
  task=$(aws ecs list-tasks --cluster "$LAB_CLUSTER" --service-name "$LAB_PRODUCER" --query 'taskArns[0]' --output text)
  aws ecs stop-task --cluster "$LAB_CLUSTER" --task "$(need task "$task")" --reason 'to see the registry follow' >/dev/null
}
wait_names() { settle 240 steady "$LAB_PRODUCER"; }

make_stranger() {
  aws servicediscovery register-instance --service-id "$(discovery Id)" --instance-id nobody \
    --attributes AWS_INSTANCE_IPV4=172.31.15.250 >/dev/null
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
  local name
  for name in "$LAB_FRONT" "$LAB_PRODUCER"; do
    aws ecs delete-service --cluster "$LAB_CLUSTER" --service "$name" --force >/dev/null
  done
  settle 120 aws ecs wait services-inactive --cluster "$LAB_CLUSTER" --services "$LAB_FRONT" "$LAB_PRODUCER"
  delete_namespace
  aws autoscaling delete-auto-scaling-group --auto-scaling-group-name "$LAB_GROUP" --force-delete
  settle 180
  aws ec2 delete-launch-template --launch-template-name "$LAB_TEMPLATE" >/dev/null
  aws iam remove-role-from-instance-profile --instance-profile-name "$LAB_PROFILE" --role-name "$LAB_ROLE"
  aws iam delete-instance-profile --instance-profile-name "$LAB_PROFILE"
  aws iam detach-role-policy --role-name "$LAB_ROLE" \
    --policy-arn arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role
  aws iam delete-role --role-name "$LAB_ROLE"
  aws ec2 delete-security-group --group-name "$LAB_DATA_GROUP" >/dev/null
  aws ec2 delete-security-group --group-name "$LAB_WEB_GROUP" >/dev/null
  for name in "$LAB_PRODUCER_FAMILY:1" "$LAB_FRONT_FAMILY:1" "$LAB_FRONT_FAMILY:2"; do
    aws ecs deregister-task-definition --task-definition "$name" >/dev/null
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
