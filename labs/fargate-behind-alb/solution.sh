#!/usr/bin/env bash
# The whole lab, as a student would do it with the AWS CLI. ../common.sh says how it is called, and what is in its environment.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
STEPS=(network firewall identity application load-balancer service way-out page https ephemeral persistent clean-up)

# shellcheck source=../common.sh
source "$HERE/../common.sh"

: "${LAB_VPC:=harbour-vpc}"
: "${LAB_PUBLIC_A:=harbour-public-a}"
: "${LAB_PUBLIC_B:=harbour-public-b}"
: "${LAB_PRIVATE_A:=harbour-private-a}"
: "${LAB_PRIVATE_B:=harbour-private-b}"
: "${LAB_GATEWAY:=harbour-gateway}"
: "${LAB_ROUTE_TABLE:=harbour-public}"
: "${LAB_NAT:=harbour-nat}"
: "${LAB_ALB_GROUP:=harbour-alb}"
: "${LAB_TASK_GROUP:=harbour-tasks}"
: "${LAB_EXECUTION_ROLE:=harbour-execution}"
: "${LAB_LOG_GROUP:=/ecs/harbour}"
: "${LAB_CLUSTER:=harbour}"
: "${LAB_FAMILY:=harbour-web}"
: "${LAB_LOAD_BALANCER:=harbour-alb}"
: "${LAB_TARGET_GROUP:=harbour-targets}"
: "${LAB_SERVICE:=harbour-web}"
: "${LAB_CERTIFICATE:=harbour}"
: "${LAB_FILE_SYSTEM:=harbour-data}"

# What a mistake may change.
SUBNETS=("$LAB_PRIVATE_A" "$LAB_PRIVATE_B")                # where tasks stand
PUBLIC_IP=DISABLED
TARGET_TYPE=ip
HEALTH_PATH=/
GRACE=120
DESIRED=2

domain() { printf '%s.practice.example' "$LAB_CERTIFICATE"; }
# find_subnets NAME...: ids, divided by blanks
find_subnets() {
  local names
  names=$(IFS=,; printf '%s' "$*")
  aws ec2 describe-subnets --filters "Name=tag:Name,Values=$names" --query 'Subnets[].SubnetId' --output text
}
find_balancer() {
  aws elbv2 describe-load-balancers --names "$LAB_LOAD_BALANCER" --query 'LoadBalancers[0].LoadBalancerArn' --output text
}
find_targets() {
  aws elbv2 describe-target-groups --names "$LAB_TARGET_GROUP" --query 'TargetGroups[0].TargetGroupArn' --output text
}

# --- 1 network, 2 firewall ------------------------------------------------------------------------------------------

# The lab's stack has made it.
make_network() { vpc_named "$LAB_VPC" >/dev/null; }

group() {
  aws ec2 create-security-group --vpc-id "$1" --group-name "$2" --description "$3" --query GroupId --output text
}
# open_tasks TASK_GROUP ALB_GROUP
open_tasks() {
  aws ec2 authorize-security-group-ingress --group-id "$1" --protocol tcp --port 8080 --source-group "$2" >/dev/null
}
make_firewall() {
  local vpc alb tasks
  vpc=$(vpc_named "$LAB_VPC")
  alb=$(group "$vpc" "$LAB_ALB_GROUP" 'Load balancer')
  tasks=$(group "$vpc" "$LAB_TASK_GROUP" Tasks)
  aws ec2 authorize-security-group-ingress --group-id "$alb" --ip-permissions \
    'IpProtocol=tcp,FromPort=80,ToPort=80,IpRanges=[{CidrIp=0.0.0.0/0}]' \
    'IpProtocol=tcp,FromPort=443,ToPort=443,IpRanges=[{CidrIp=0.0.0.0/0}]' >/dev/null
  open_tasks "$tasks" "$alb"
}

# --- 3 identity -----------------------------------------------------------------------------------------------------

trust_document() { render execution-role.json; }
permit_role() {
  aws iam attach-role-policy --role-name "$LAB_EXECUTION_ROLE" \
    --policy-arn arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy
}
make_log_group() {
  aws logs create-log-group --log-group-name "$LAB_LOG_GROUP"
  aws logs put-retention-policy --log-group-name "$LAB_LOG_GROUP" --retention-in-days 7
}
make_identity() {
  aws iam create-role --role-name "$LAB_EXECUTION_ROLE" --assume-role-policy-document "$(trust_document)" >/dev/null
  permit_role
  make_log_group
}

# --- 4 application --------------------------------------------------------------------------------------------------

make_application() {
  account
  aws ecs create-cluster --cluster-name "$LAB_CLUSTER" --capacity-providers FARGATE FARGATE_SPOT \
    --default-capacity-provider-strategy capacityProvider=FARGATE,weight=1 >/dev/null
  register "$(render task-definition.json)"
}

# --- 5 load-balancer ------------------------------------------------------------------------------------------------

make_load_balancer() {
  local vpc alb subnets balancer targets
  vpc=$(vpc_named "$LAB_VPC")
  alb=$(group_named "$LAB_ALB_GROUP")
  read -r -a subnets <<<"$(find_subnets "$LAB_PUBLIC_A" "$LAB_PUBLIC_B")"
  balancer=$(aws elbv2 create-load-balancer --name "$LAB_LOAD_BALANCER" --subnets "${subnets[@]}" --security-groups "$alb" \
    --query 'LoadBalancers[0].LoadBalancerArn' --output text)
  targets=$(aws elbv2 create-target-group --name "$LAB_TARGET_GROUP" --target-type "$TARGET_TYPE" --protocol HTTP --port 8080 \
    --vpc-id "$vpc" --health-check-path "$HEALTH_PATH" --health-check-interval-seconds 10 --healthy-threshold-count 2 \
    --query 'TargetGroups[0].TargetGroupArn' --output text)
  aws elbv2 modify-target-group-attributes --target-group-arn "$targets" \
    --attributes Key=deregistration_delay.timeout_seconds,Value=15 >/dev/null
  aws elbv2 create-listener --load-balancer-arn "$balancer" --protocol HTTP --port 80 \
    --default-actions "Type=forward,TargetGroupArn=$targets" >/dev/null
}
wait_load_balancer() { settle 240 aws elbv2 wait load-balancer-available --names "$LAB_LOAD_BALANCER"; }

# --- 6 service ------------------------------------------------------------------------------------------------------

behind_balancer() {
  printf 'targetGroupArn=%s,containerName=web,containerPort=8080' "$(need 'target group' "$(find_targets)")"
}
make_service() {
  local subnets tasks
  subnets=$(find_subnets "${SUBNETS[@]}" | tr '\t' ',')
  tasks=$(group_named "$LAB_TASK_GROUP")
  aws ecs create-service --cluster "$LAB_CLUSTER" --service-name "$LAB_SERVICE" --task-definition "$LAB_FAMILY" \
    --desired-count "$DESIRED" --load-balancers "$(behind_balancer)" --health-check-grace-period-seconds "$GRACE" \
    --network-configuration "awsvpcConfiguration={subnets=[$subnets],securityGroups=[$tasks],assignPublicIp=$PUBLIC_IP}" >/dev/null
}
wait_service() { settle 420; }

# --- 7 way-out, 8 page ----------------------------------------------------------------------------------------------

make_way_out() {
  local address nat subnet vpc table
  subnet=$(need subnet "$(find_subnets "$LAB_PUBLIC_A")")
  address=$(aws ec2 allocate-address --domain vpc --tag-specifications "$(tags elastic-ip "$LAB_NAT")" --query AllocationId --output text)
  nat=$(aws ec2 create-nat-gateway --subnet-id "$subnet" --allocation-id "$address" \
    --tag-specifications "$(tags natgateway "$LAB_NAT")" --query NatGateway.NatGatewayId --output text)
  settle 150 aws ec2 wait nat-gateway-available --nat-gateway-ids "$nat"
  vpc=$(vpc_named "$LAB_VPC")
  table=$(aws ec2 describe-route-tables --filters "Name=vpc-id,Values=$vpc" Name=association.main,Values=true \
    --query 'RouteTables[0].RouteTableId' --output text)
  aws ec2 create-route --route-table-id "$table" --destination-cidr-block 0.0.0.0/0 --nat-gateway-id "$nat" >/dev/null
  update "$LAB_SERVICE" --force-new-deployment
}
wait_way_out() { settle 420 steady; }

make_page() { :; }

# --- 9 https --------------------------------------------------------------------------------------------------------

wait_for_certificate() { settle 300 aws acm wait certificate-validated --certificate-arn "$1"; }
listen_443() {
  aws elbv2 create-listener --load-balancer-arn "$1" --protocol HTTPS --port 443 --certificates "CertificateArn=$2" \
    --default-actions "Type=forward,TargetGroupArn=$3" >/dev/null
}
redirect_80() {
  local listener
  listener=$(aws elbv2 describe-listeners --load-balancer-arn "$1" --query 'Listeners[?Port==`80`].ListenerArn' --output text)
  aws elbv2 modify-listener --listener-arn "$listener" \
    --default-actions 'Type=redirect,RedirectConfig={Protocol=HTTPS,Port=443,StatusCode=HTTP_301}' >/dev/null
}
make_https() {
  local certificate balancer
  certificate=$(aws acm request-certificate --domain-name "$(domain)" --validation-method DNS --query CertificateArn --output text)
  wait_for_certificate "$certificate"
  balancer=$(need 'load balancer' "$(find_balancer)")
  listen_443 "$balancer" "$certificate" "$(need 'target group' "$(find_targets)")"
  redirect_80 "$balancer"
}

# --- 10 ephemeral, 11 persistent ------------------------------------------------------------------------------------

make_ephemeral() { stop_a_task "$LAB_SERVICE" 'to see what is lost'; }
wait_ephemeral() { settle 300 steady; }

open_nfs() {
  aws ec2 authorize-security-group-ingress --group-id "$1" --protocol tcp --port 2049 --source-group "$1" >/dev/null
}
use_file_system() {
  account
  register "$(render task-definition-efs.json | sed "s/FILE_SYSTEM_ID/$1/")"
}
make_persistent() {
  local id subnets subnet tasks
  id=$(aws efs create-file-system --encrypted --tags "Key=Name,Value=$LAB_FILE_SYSTEM" --query FileSystemId --output text)
  read -r -a subnets <<<"$(find_subnets "$LAB_PRIVATE_A" "$LAB_PRIVATE_B")"
  tasks=$(group_named "$LAB_TASK_GROUP")
  settle 30
  for subnet in "${subnets[@]}"; do
    aws efs create-mount-target --file-system-id "$id" --subnet-id "$subnet" --security-groups "$tasks" >/dev/null
  done
  open_nfs "$tasks"
  use_file_system "$id"
  settle 120
  update "$LAB_SERVICE" --task-definition "$LAB_FAMILY"
  settle 360 steady
  stop_a_task "$LAB_SERVICE" 'to see what stays'
}
wait_persistent() { settle 300 steady; }

# --- 12 clean-up ----------------------------------------------------------------------------------------------------

delete_balancer() {
  local balancer
  balancer=$(need 'load balancer' "$(find_balancer)")
  aws elbv2 delete-load-balancer --load-balancer-arn "$balancer"
  settle 60 aws elbv2 wait load-balancers-deleted --load-balancer-arns "$balancer"
  aws elbv2 delete-target-group --target-group-arn "$(find_targets)"
}
delete_certificate() {
  local arn
  arn=$(aws acm list-certificates --query "CertificateSummaryList[?DomainName=='$(domain)'].CertificateArn" --output text)
  aws acm delete-certificate --certificate-arn "$arn"
}
delete_file_system() {
  local id target
  id=$(aws efs describe-file-systems --query "FileSystems[?Name=='$LAB_FILE_SYSTEM'].FileSystemId" --output text)
  for target in $(aws efs describe-mount-targets --file-system-id "$id" --query 'MountTargets[].MountTargetId' --output text); do
    aws efs delete-mount-target --mount-target-id "$target"
  done
  settle 60
  aws efs delete-file-system --file-system-id "$id"
}
delete_nat() {
  local nat table address
  nat=$(aws ec2 describe-nat-gateways --filter "$(tagged "$LAB_NAT")" Name=state,Values=available \
    --query 'NatGateways[0].NatGatewayId' --output text)
  table=$(aws ec2 describe-route-tables --filters "Name=route.nat-gateway-id,Values=$nat" --query 'RouteTables[0].RouteTableId' --output text)
  aws ec2 delete-route --route-table-id "$table" --destination-cidr-block 0.0.0.0/0
  aws ec2 delete-nat-gateway --nat-gateway-id "$nat" >/dev/null
  settle 120 aws ec2 wait nat-gateway-deleted --nat-gateway-ids "$nat"
  address=$(aws ec2 describe-addresses --filters "$(tagged "$LAB_NAT")" --query 'Addresses[0].AllocationId' --output text)
  aws ec2 release-address --allocation-id "$address"
}
delete_groups() {
  aws ec2 delete-security-group --group-id "$(group_named "$LAB_TASK_GROUP")" >/dev/null
  aws ec2 delete-security-group --group-id "$(group_named "$LAB_ALB_GROUP")" >/dev/null
}
delete_service() {
  delete_services "$LAB_SERVICE"
  deregister "$LAB_FAMILY"
  settle 180 aws ecs wait services-inactive --cluster "$LAB_CLUSTER" --services "$LAB_SERVICE"
}
delete_rest() {
  aws iam detach-role-policy --role-name "$LAB_EXECUTION_ROLE" \
    --policy-arn arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy
  aws iam delete-role --role-name "$LAB_EXECUTION_ROLE"
  aws logs delete-log-group --log-group-name "$LAB_LOG_GROUP"
  aws ecs delete-cluster --cluster "$LAB_CLUSTER" >/dev/null
}
make_clean_up() {
  delete_service
  delete_balancer
  delete_certificate
  delete_file_system
  delete_nat
  delete_groups
  delete_rest
}

if [[ "${BASH_SOURCE[0]}" == "$0" ]]; then main "$@"; fi
