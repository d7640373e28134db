#!/usr/bin/env bash
# The whole lab, as a student would do it with the AWS CLI. ../common.sh says how it is called, and what is in its environment.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
STEPS=(launch complete import names order scale rollback clean-up)

# shellcheck source=../common.sh
source "$HERE/../common.sh"
TICK=60
: "${DRYDOCK_TRIES:=240}"

: "${LAB_STACK:=socks-fargate}"
: "${LAB_WORK:=${TMPDIR:-/tmp}/drydock-$LAB_STACK}"

# What a mistake may change.
CAPABILITIES=(--capabilities CAPABILITY_IAM)
BAD_TAG=no-such-tag

# --- 1 launch, 2 complete ------------------------------------------------------------------------------------------

template() { cat "$HERE/templates/sock-shop-on-fargate.yaml"; }
# parameters of an update, as deploy does it: what is not mentioned keeps its value
kept() {
  local name
  for name in Copies FrontEndTag DbInstanceClass ZipkinFrom; do
    [[ "$*" == *"ParameterKey=$name,"* ]] || printf '%s\n' "ParameterKey=$name,UsePreviousValue=true"
  done
}
describe() {
  aws cloudformation create-change-set --stack-name "$LAB_STACK" --change-set-name launch --change-set-type CREATE \
    --template-body "$(template)" --tags Key=lab,Value=sock-shop-on-fargate ${CAPABILITIES[@]+"${CAPABILITIES[@]}"} >/dev/null
}
change_set_status() {
  aws cloudformation describe-change-set --stack-name "$LAB_STACK" --change-set-name launch --query Status --output text
}
execute() { aws cloudformation execute-change-set --stack-name "$LAB_STACK" --change-set-name launch; }
make_launch() {
  describe
  wait_for 'the change set' CREATE_COMPLETE change_set_status
  execute
}
wait_launch() { wait_for 'the stack to begin' 'CREATE_*' stack_status "$LAB_STACK"; }

make_complete() { :; }
wait_complete() {
  wait_for 'the stack to be complete' CREATE_COMPLETE stack_status "$LAB_STACK"
  wait_for 'the shop to answer' 200 code /
}

# --- 3 import, 4 names -----------------------------------------------------------------------------------------------

task_status() { aws ecs describe-tasks --cluster "$LAB_STACK" --tasks "$1" --query 'tasks[0].lastStatus' --output text; }
make_import() {
  local task
  task=$(aws ecs run-task --cluster "$LAB_STACK" --task-definition "$LAB_STACK-import" --launch-type FARGATE \
    --network-configuration "$(output ImportNetwork)" --query 'tasks[0].taskArn' --output text)
  wait_for 'the import to end' STOPPED task_status "$task"
}
wait_import() { wait_for 'the catalogue to answer' 200 code '/catalogue?size=1'; }

make_names() { :; }

# --- 5 order ---------------------------------------------------------------------------------------------------------

make_order() { order_socks; }
wait_order() { wait_for "the order to be kept" "[1-9]*" orders_kept; }

# --- 6 scale, 7 rollback ---------------------------------------------------------------------------------------------

# update PARAMETER...
update() {
  local all
  mapfile -t all < <(kept "$@")
  aws cloudformation update-stack --stack-name "$LAB_STACK" --use-previous-template --capabilities CAPABILITY_IAM \
    --parameters "$@" "${all[@]}" >/dev/null
}
make_scale() { update "ParameterKey=Copies,ParameterValue=3"; }
wait_scale() {
  wait_for 'the update to be complete' UPDATE_COMPLETE stack_status "$LAB_STACK"
  wait_for 'three front ends' '1 3 3' service_counts front-end
}

make_rollback() { update "ParameterKey=FrontEndTag,ParameterValue=$BAD_TAG"; }
wait_rollback() { wait_for 'the stack to be rolled back' UPDATE_ROLLBACK_COMPLETE stack_status "$LAB_STACK"; }

# --- 8 clean-up ------------------------------------------------------------------------------------------------------

make_clean_up() {
  local id
  id=$(stack_id "$LAB_STACK")
  aws cloudformation delete-stack --stack-name "$LAB_STACK"
  wait_for 'the stack to be deleted' DELETE_COMPLETE stack_status "$id"
  rm -f "$LAB_WORK/jar"
}

if [[ "${BASH_SOURCE[0]}" == "$0" ]]; then main "$@"; fi
