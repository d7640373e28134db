#!/usr/bin/env bash
# The whole lab, as a student would do it with the AWS CLI. ../common.sh says how it is called, and what is in its environment.
#
#   LAB_CIDR               address block of VPC and subnet
#   LAB_CURL_OPTIONS       what curl needs to reach a front end; default: the endpoint as a proxy, if there is one
#   LAB_WORK               folder for the private key
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
STEPS=(cluster vpc subnet gateway security role launch-configuration group task-definition service browser discovery clean-up)

# shellcheck source=../common.sh
source "$HERE/../common.sh"

: "${LAB_CLUSTER:=weave-ecs-demo-cluster}"
: "${LAB_VPC:=weave-ecs-demo-vpc}"
: "${LAB_SUBNET:=weave-ecs-demo-subnet}"
: "${LAB_GATEWAY:=weave-ecs-demo}"
: "${LAB_SECURITY_GROUP:=weave-ecs-demo}"
: "${LAB_KEY_NAME:=weave-ecs-demo-key}"
: "${LAB_ROLE:=weave-ecs-role}"
: "${LAB_POLICY:=weave-ecs-policy}"
: "${LAB_PROFILE:=weave-ecs-instance-profile}"
: "${LAB_LAUNCH_CONFIGURATION:=weave-ecs-launch-configuration}"
: "${LAB_GROUP:=weave-ecs-demo-group}"
: "${LAB_FAMILY:=weave-ecs-demo-task}"
: "${LAB_SERVICE:=weave-ecs-demo-service}"
: "${LAB_CIDR:=172.31.0.0/28}"
: "${LAB_WORK:=${TMPDIR:-/tmp}/drydock-$LAB_CLUSTER}"

# What a mistake may change.
IMAGE=""                                                   # empty: the Weave image of the region
PROFILE_OPTION=(--iam-instance-profile "$LAB_PROFILE")
ADDRESS_OPTION=(--associate-public-ip-address)
PUBLIC_PORTS=(22 80 4040)
CAPACITY=3
DESIRED=3

find_vpc() { aws ec2 describe-vpcs --filters "$(tagged "$LAB_VPC")" --query 'Vpcs[0].VpcId' --output text; }
find_subnet() { aws ec2 describe-subnets --filters "$(tagged "$LAB_SUBNET")" --query 'Subnets[0].SubnetId' --output text; }
find_gateway() {
  aws ec2 describe-internet-gateways --filters "$(tagged "$LAB_GATEWAY")" \
    --query 'InternetGateways[0].InternetGatewayId' --output text
}
find_security_group() {
  aws ec2 describe-security-groups --filters "Name=group-name,Values=$LAB_SECURITY_GROUP" "Name=vpc-id,Values=$1" \
    --query 'SecurityGroups[0].GroupId' --output text
}
main_route_table() {
  aws ec2 describe-route-tables --filters "Name=vpc-id,Values=$1" Name=association.main,Values=true \
    --query 'RouteTables[0].RouteTableId' --output text
}
weave_image() {
  case "$AWS_DEFAULT_REGION" in
    us-east-1) echo ami-f560d8e3 ;;
    us-east-2) echo ami-13e2c676 ;;
    us-west-1) echo ami-95cc97f5 ;;
    us-west-2) echo ami-4fe87c2f ;;
    eu-west-1) echo ami-13c8f475 ;;
    eu-west-2) echo ami-8a6276ee ;;
    eu-central-1) echo ami-216dbc4e ;;
    ap-northeast-1) echo ami-b2efb5d5 ;;
    ap-southeast-1) echo ami-e152ee82 ;;
    ap-southeast-2) echo ami-ac1b14cf ;;
    ca-central-1) echo ami-8104b9e5 ;;
    *) fail "there is no Weave image in $AWS_DEFAULT_REGION" ;;
  esac
}

cluster_count() {
  aws ecs describe-clusters --clusters "$LAB_CLUSTER" --query "clusters[0].$1" --output text
}
service_field() {
  aws ecs describe-services --cluster "$LAB_CLUSTER" --services "$LAB_SERVICE" --query "services[0].$1" --output text
}
# Public names of the machines that run the cluster's tasks, one per line.
front_ends() {
  local arns ids
  arns=$(aws ecs list-container-instances --cluster "$LAB_CLUSTER" --query 'containerInstanceArns' --output text)
  present "$arns" || return 0
  # shellcheck disable=SC2086  # ARNs and ids have no blanks
  ids=$(aws ecs describe-container-instances --cluster "$LAB_CLUSTER" --container-instances $arns \
    --query 'containerInstances[].ec2InstanceId' --output text)
  # shellcheck disable=SC2086
  aws ec2 describe-instances --instance-ids $ids --query 'Reservations[].Instances[].[PublicDnsName]' --output text
}
# page HOST: the body, or nothing.
page() {
  local options=()
  if [[ -n "${LAB_CURL_OPTIONS+set}" ]]; then
    read -r -a options <<<"$LAB_CURL_OPTIONS"
  elif [[ -n "${AWS_ENDPOINT_URL:-}" ]]; then
    options=(--proxy "$AWS_ENDPOINT_URL")
  fi
  curl --silent --fail --max-time 10 ${options[@]+"${options[@]}"} "http://$1/" || true
}
# The data producer's address that a page names.
chosen() { grep --only-matching --extended-regexp 'data producer in [0-9]+(\.[0-9]+){3}' | awk '{ print $NF }' || true; }

# --- 1 cluster ------------------------------------------------------------------------------------------------------

make_cluster() { aws ecs create-cluster --cluster-name "$LAB_CLUSTER" >/dev/null; }

# --- 2 vpc, 3 subnet, 4 gateway -------------------------------------------------------------------------------------

make_vpc() {
  local vpc
  vpc=$(aws ec2 create-vpc --cidr-block "$LAB_CIDR" --query Vpc.VpcId --output text)
  aws ec2 modify-vpc-attribute --vpc-id "$vpc" --enable-dns-support
  aws ec2 modify-vpc-attribute --vpc-id "$vpc" --enable-dns-hostnames
  aws ec2 create-tags --resources "$vpc" --tags "Key=Name,Value=$LAB_VPC"
}

make_subnet() {
  local vpc subnet
  vpc=$(need VPC "$(find_vpc)")
  subnet=$(aws ec2 create-subnet --vpc-id "$vpc" --cidr-block "$LAB_CIDR" --query Subnet.SubnetId --output text)
  aws ec2 create-tags --resources "$subnet" --tags "Key=Name,Value=$LAB_SUBNET"
}

make_gateway() {
  local vpc gateway
  vpc=$(need VPC "$(find_vpc)")
  gateway=$(aws ec2 create-internet-gateway --query InternetGateway.InternetGatewayId --output text)
  aws ec2 create-tags --resources "$gateway" --tags "Key=Name,Value=$LAB_GATEWAY"
  attach_gateway "$gateway" "$vpc"
  route_to_gateway "$gateway" "$vpc"
}
attach_gateway() { aws ec2 attach-internet-gateway --internet-gateway-id "$1" --vpc-id "$2"; }
route_to_gateway() {
  local table
  table=$(need 'route table' "$(main_route_table "$2")")
  aws ec2 create-route --route-table-id "$table" --destination-cidr-block 0.0.0.0/0 --gateway-id "$1" >/dev/null
}

# --- 5 security -----------------------------------------------------------------------------------------------------

make_security() {
  local vpc group port rule
  vpc=$(need VPC "$(find_vpc)")
  group=$(aws ec2 create-security-group --group-name "$LAB_SECURITY_GROUP" --vpc-id "$vpc" \
    --description 'Weave ECS Demo' --query GroupId --output text)
  for port in "${PUBLIC_PORTS[@]}"; do
    aws ec2 authorize-security-group-ingress --group-id "$group" --protocol tcp --port "$port" --cidr 0.0.0.0/0 >/dev/null
  done
  for rule in tcp:6783 udp:6783 udp:6784 tcp:4040; do
    aws ec2 authorize-security-group-ingress --group-id "$group" --protocol "${rule%:*}" --port "${rule#*:}" \
      --source-group "$group" >/dev/null
  done
  mkdir -p "$LAB_WORK"
  (umask 077 && aws ec2 create-key-pair --key-name "$LAB_KEY_NAME" --query KeyMaterial --output text \
    >"$LAB_WORK/$LAB_KEY_NAME.pem")
}

# --- 6 role ---------------------------------------------------------------------------------------------------------

trust_document() { cat "$HERE/files/weave-ecs-role.json"; }
policy_document() { cat "$HERE/files/weave-ecs-policy.json"; }
fill_profile() {
  aws iam add-role-to-instance-profile --instance-profile-name "$LAB_PROFILE" --role-name "$LAB_ROLE"
}
make_role() {
  aws iam create-role --role-name "$LAB_ROLE" --assume-role-policy-document "$(trust_document)" >/dev/null
  aws iam put-role-policy --role-name "$LAB_ROLE" --policy-name "$LAB_POLICY" --policy-document "$(policy_document)"
  aws iam create-instance-profile --instance-profile-name "$LAB_PROFILE" >/dev/null
  fill_profile
}
wait_role() { aws iam wait instance-profile-exists --instance-profile-name "$LAB_PROFILE"; }

# --- 7 launch-configuration, 8 group --------------------------------------------------------------------------------

user_data() { sed "s/{{cluster}}/$LAB_CLUSTER/g" "$HERE/files/user-data.sh"; }
create_launch_configuration() {
  aws autoscaling create-launch-configuration --launch-configuration-name "$LAB_LAUNCH_CONFIGURATION" \
    --image-id "$1" --instance-type t2.micro --key-name "$LAB_KEY_NAME" --security-groups "$2" \
    --user-data "$(user_data)" --instance-monitoring Enabled=false \
    ${PROFILE_OPTION[@]+"${PROFILE_OPTION[@]}"} ${ADDRESS_OPTION[@]+"${ADDRESS_OPTION[@]}"}
}
make_launch_configuration() {
  local vpc group image tries said
  vpc=$(need VPC "$(find_vpc)")
  group=$(need 'security group' "$(find_security_group "$vpc")")
  image=${IMAGE:-${LAB_AMI:-$(weave_image)}}
  # A new instance profile takes some seconds to be known to Auto Scaling.
  for ((tries = 0; tries < 10; tries++)); do
    said=$(create_launch_configuration "$image" "$group" 2>&1) && return 0
    [[ "$said" == *nstanceProfile* || "$said" == *'instance profile'* || "$said" == *'not authorized'* ]] || fail "$said"
    tick
  done
  fail "$said"
}

make_group() {
  local subnet
  subnet=$(need subnet "$(find_subnet)")
  aws autoscaling create-auto-scaling-group --auto-scaling-group-name "$LAB_GROUP" \
    --launch-configuration-name "$LAB_LAUNCH_CONFIGURATION" --vpc-zone-identifier "$subnet" \
    --min-size "$CAPACITY" --max-size "$CAPACITY" --desired-capacity "$CAPACITY"
}
wait_group() {
  wait_for "$CAPACITY container instances" "$CAPACITY" cluster_count registeredContainerInstancesCount
}

# --- 9 task-definition, 10 service ----------------------------------------------------------------------------------

containers() { cat "$HERE/files/weave-ecs-demo-containers.json"; }
make_task_definition() {
  aws ecs register-task-definition --family "$LAB_FAMILY" --container-definitions "$(containers)" >/dev/null
}

make_service() {
  aws ecs create-service --cluster "$LAB_CLUSTER" --service-name "$LAB_SERVICE" --task-definition "$LAB_FAMILY" \
    --desired-count "$DESIRED" >/dev/null
}
service_counts() { service_field '[status,length(deployments),desiredCount,runningCount]' | tr '\t' ' '; }
wait_service() { wait_for 'the service to be steady' "ACTIVE 1 $DESIRED $DESIRED" service_counts; }

# --- 11 browser, 12 discovery ---------------------------------------------------------------------------------------

make_browser() { :; }
# How many front ends name a data producer.
answering() {
  local host count=0
  for host in $(front_ends); do
    if [[ -n "$(page "$host" | chosen)" ]]; then count=$((count + 1)); fi
  done
  echo "$count"
}
wait_browser() { wait_for 'all front ends to answer' 3 answering; }

# How many data producers are named by six looks at each front end.
producers_seen() {
  local host look
  for host in $(front_ends); do
    for look in 1 2 3 4 5 6; do
      : "$look"
      page "$host" | chosen
    done
  done | sort -u | wc -l | tr -d ' '
}
task_status() {
  aws ecs describe-tasks --cluster "$LAB_CLUSTER" --tasks "$1" --query 'tasks[0].lastStatus' --output text
}
make_discovery() {
  local task seen
  seen=$(producers_seen)
  ((seen >= 2)) || fail "eighteen looks named $seen data producers"
  task=$(aws ecs list-tasks --cluster "$LAB_CLUSTER" --service-name "$LAB_SERVICE" --query 'taskArns[0]' --output text)
  aws ecs stop-task --cluster "$LAB_CLUSTER" --task "$(need task "$task")" --reason 'to see it replaced' >/dev/null
  wait_for 'the task to stop' STOPPED task_status "$task"
}
wait_discovery() { wait_service; wait_browser; }

# --- 13 clean-up: what nothing else depends on goes first -----------------------------------------------------------

delete_service() {
  aws ecs update-service --cluster "$LAB_CLUSTER" --service "$LAB_SERVICE" --desired-count 0 >/dev/null
  aws ecs delete-service --cluster "$LAB_CLUSTER" --service "$LAB_SERVICE" >/dev/null
  wait_for 'the service to drain' INACTIVE service_field status
}
delete_task_definition() { deregister "$LAB_FAMILY"; }
groups_left() {
  aws autoscaling describe-auto-scaling-groups --auto-scaling-group-names "$LAB_GROUP" \
    --query 'length(AutoScalingGroups)' --output text
}
instances_left() {
  aws ec2 describe-instances --filters "Name=tag:aws:autoscaling:groupName,Values=$LAB_GROUP" \
    Name=instance-state-name,Values=pending,running,shutting-down,stopping,stopped \
    --query 'length(Reservations[].Instances[])' --output text
}
delete_group() {
  aws autoscaling delete-auto-scaling-group --auto-scaling-group-name "$LAB_GROUP" --force-delete
  wait_for 'the instances to terminate' 0 instances_left
  wait_for 'the group to go' 0 groups_left
  aws autoscaling delete-launch-configuration --launch-configuration-name "$LAB_LAUNCH_CONFIGURATION"
}
delete_role() {
  aws iam remove-role-from-instance-profile --instance-profile-name "$LAB_PROFILE" --role-name "$LAB_ROLE"
  aws iam delete-instance-profile --instance-profile-name "$LAB_PROFILE"
  aws iam delete-role-policy --role-name "$LAB_ROLE" --policy-name "$LAB_POLICY"
  aws iam delete-role --role-name "$LAB_ROLE"
}
delete_security() {
  local vpc
  vpc=$(need VPC "$(find_vpc)")
  aws ec2 delete-key-pair --key-name "$LAB_KEY_NAME" >/dev/null
  rm -f "$LAB_WORK/$LAB_KEY_NAME.pem"
  aws ec2 delete-security-group --group-id "$(need 'security group' "$(find_security_group "$vpc")")" >/dev/null
}
delete_gateway() {
  local vpc gateway
  vpc=$(need VPC "$(find_vpc)")
  gateway=$(need gateway "$(find_gateway)")
  aws ec2 detach-internet-gateway --internet-gateway-id "$gateway" --vpc-id "$vpc"
  aws ec2 delete-internet-gateway --internet-gateway-id "$gateway"
}
delete_network() {
  aws ec2 delete-subnet --subnet-id "$(need subnet "$(find_subnet)")"
  aws ec2 delete-vpc --vpc-id "$(need VPC "$(find_vpc)")"
}
delete_cluster() {
  wait_for 'the container instances to leave' 0 cluster_count registeredContainerInstancesCount
  aws ecs delete-cluster --cluster "$LAB_CLUSTER" >/dev/null
}
make_clean_up() {
  delete_service
  delete_task_definition
  delete_group
  delete_role
  delete_security
  delete_gateway
  delete_network
  delete_cluster
}

if [[ "${BASH_SOURCE[0]}" == "$0" ]]; then main "$@"; fi
