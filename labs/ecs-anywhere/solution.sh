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
STEPS=(role activation join service limits maintenance clean-up)

export AWS_PAGER=""
export AWS_DEFAULT_REGION="${AWS_DEFAULT_REGION:-${AWS_REGION:-us-east-1}}"
: "${LAB_CLUSTER:=cellar}"
: "${LAB_ROLE:=cellar-machine}"
: "${LAB_FAMILY:=cellar-gauge}"
: "${LAB_SERVICE:=gauge}"

# What a mistake may change.
LAUNCH_TYPE=EXTERNAL
JOIN_CLUSTER=$LAB_CLUSTER

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

steady() { aws ecs wait services-stable --cluster "$LAB_CLUSTER" --services "$LAB_SERVICE"; }
find_instance() {
  need 'container instance' "$(aws ecs list-container-instances --cluster "$LAB_CLUSTER" --query 'containerInstanceArns[0]' --output text)"
}

# --- 1 role, 2 activation, 3 join -----------------------------------------------------------------------------------

POLICIES=(arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore
  arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role)
trust_document() { render machine-role.json; }
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
  aws ecs register-task-definition --cli-input-json "$(gauge)" >/dev/null
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
make_clean_up() {
  local id policy
  aws ecs delete-service --cluster "$LAB_CLUSTER" --service "$LAB_SERVICE" --force >/dev/null
  settle 60 aws ecs wait services-inactive --cluster "$LAB_CLUSTER" --services "$LAB_SERVICE"
  delete_machine
  for id in $(aws ssm describe-activations --query "ActivationList[?IamRole=='$LAB_ROLE'].ActivationId" --output text); do
    aws ssm delete-activation --activation-id "$id" >/dev/null
  done
  rm -f "$LAB_WORK/activation"
  aws ecs deregister-task-definition --task-definition "$LAB_FAMILY:1" >/dev/null
  for policy in "${POLICIES[@]}"; do
    aws iam detach-role-policy --role-name "$LAB_ROLE" --policy-arn "$policy"
  done
  aws iam delete-role --role-name "$LAB_ROLE"
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
