#!/usr/bin/env bash
# The whole lab, as a student would do it with the AWS CLI. ../common.sh says how it is called, and what is in its environment.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
STEPS=(role activation join service limits maintenance clean-up)

# shellcheck source=../common.sh
source "$HERE/../common.sh"

: "${LAB_STACK:=ecs-anywhere}"
: "${LAB_CLUSTER:=cellar}"
: "${LAB_ROLE:=cellar-machine}"
: "${LAB_FAMILY:=cellar-gauge}"
: "${LAB_SERVICE:=gauge}"

# What a mistake may change.
LAUNCH_TYPE=EXTERNAL
JOIN_CLUSTER=$LAB_CLUSTER

find_instance() {
  need 'container instance' "$(aws ecs list-container-instances --cluster "$LAB_CLUSTER" --query 'containerInstanceArns[0]' --output text)"
}

# --- 1 role, 2 activation, 3 join -----------------------------------------------------------------------------------

POLICIES=(arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore
  arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role)
trust_document() { render machine-role.json; }
# Whether the stack was asked for: it has then made cluster and role, and takes them away again.
by_stack() { aws cloudformation describe-stacks --stack-name "$LAB_STACK" >/dev/null 2>&1; }
make_role() {
  local policy
  aws ecs create-cluster --cluster-name "$LAB_CLUSTER" >/dev/null
  aws iam create-role --role-name "$LAB_ROLE" --assume-role-policy-document "$(trust_document)" >/dev/null
  for policy in "${POLICIES[@]}"; do
    aws iam attach-role-policy --role-name "$LAB_ROLE" --policy-arn "$policy"
  done
}

# The code is shown once: it is kept beside the lab's other private things until the machine has joined.
: "${LAB_WORK:=${TMPDIR:-/tmp}/drydock-$LAB_CLUSTER}"
activate() {
  aws ssm create-activation --iam-role "$LAB_ROLE" --registration-limit 1 --query '[ActivationId,ActivationCode]' --output text
}
make_activation() {
  mkdir -p "$LAB_WORK"
  (umask 077 && activate >"$LAB_WORK/activation")
}

make_join() {
  local id code
  read -r id code <"$LAB_WORK/activation"
  bash "$HERE/files/join.sh" "$JOIN_CLUSTER" "$id" "$code" >&2
}
wait_join() { settle 60; }

# --- 4 service, 5 limits --------------------------------------------------------------------------------------------

gauge() { render gauge.json; }
create_service() {
  aws ecs create-service --cluster "$LAB_CLUSTER" --service-name "$LAB_SERVICE" --task-definition "$LAB_FAMILY" --desired-count 1 \
    --launch-type "$LAUNCH_TYPE" --deployment-configuration minimumHealthyPercent=0,maximumPercent=100 >/dev/null
}
make_service() {
  register "$(gauge)"
  create_service
}
wait_service() { settle 120 steady; }

# refused COMMAND...: it must be.
refused() {
  local said
  if said=$("$@" 2>&1); then fail "this should have been refused: $*"; fi
  say "refused, as it should be: ${said##*: }"
}
make_limits() {
  refused aws ecs register-task-definition --cli-input-json "$(gauge | sed 's/bridge/awsvpc/')"
  refused aws ecs create-service --cluster "$LAB_CLUSTER" --service-name with-balancer --task-definition "$LAB_FAMILY" --desired-count 1 \
    --launch-type EXTERNAL --load-balancers targetGroupArn=arn:aws:elasticloadbalancing:"$AWS_DEFAULT_REGION":000000000000:targetgroup/none/0000000000000000,containerName=gauge,containerPort=80
  refused aws ecs run-task --cluster "$LAB_CLUSTER" --task-definition "$LAB_FAMILY" --launch-type FARGATE
}

# --- 6 maintenance --------------------------------------------------------------------------------------------------

set_state() {
  aws ecs update-container-instances-state --cluster "$LAB_CLUSTER" --container-instances "$(find_instance)" --status "$1" >/dev/null
}
back_to_work() { set_state ACTIVE; }
make_maintenance() {
  set_state DRAINING
  settle 120
  back_to_work
}
wait_maintenance() { settle 180 steady; }

# --- 7 clean-up -----------------------------------------------------------------------------------------------------

managed() {
  aws ssm describe-instance-information --filters Key=ResourceType,Values=ManagedInstance \
    --query "InstanceInformationList[?IamRole=='$LAB_ROLE'].InstanceId" --output text
}
delete_machine() {
  local machine
  aws ecs deregister-container-instance --cluster "$LAB_CLUSTER" --container-instance "$(find_instance)" --force >/dev/null
  for machine in $(managed); do aws ssm deregister-managed-instance --instance-id "$machine" >/dev/null; done
}
delete_role() {
  local policy
  if by_stack; then
    aws cloudformation delete-stack --stack-name "$LAB_STACK"
    settle 120 aws cloudformation wait stack-delete-complete --stack-name "$LAB_STACK"
    return
  fi
  for policy in "${POLICIES[@]}"; do
    aws iam detach-role-policy --role-name "$LAB_ROLE" --policy-arn "$policy"
  done
  aws iam delete-role --role-name "$LAB_ROLE"
  aws ecs delete-cluster --cluster "$LAB_CLUSTER" >/dev/null
}
make_clean_up() {
  local id
  delete_services "$LAB_SERVICE"
  settle 60 aws ecs wait services-inactive --cluster "$LAB_CLUSTER" --services "$LAB_SERVICE"
  delete_machine
  for id in $(aws ssm describe-activations --query "ActivationList[?IamRole=='$LAB_ROLE'].ActivationId" --output text); do
    aws ssm delete-activation --activation-id "$id" >/dev/null
  done
  rm -f "$LAB_WORK/activation"
  deregister "$LAB_FAMILY"
  delete_role
}

if [[ "${BASH_SOURCE[0]}" == "$0" ]]; then main "$@"; fi
