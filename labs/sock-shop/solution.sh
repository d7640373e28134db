#!/usr/bin/env bash
# The whole lab, as a student would do it with the AWS CLI. ../common.sh says how it is called, and what is in its environment.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
STEPS=(prepare launch events shop order trace scale change-set execute rollback as-it-was drift protect clean-up)

# shellcheck source=../common.sh
source "$HERE/../common.sh"
TICK=60
: "${DRYDOCK_TRIES:=240}"

: "${LAB_STACK:=sock-shop}"
: "${LAB_KEY_NAME:=sock-shop-key}"
: "${LAB_OLD:=sock-shop-old}"
: "${LAB_TWIN:=sock-shop-twin}"
: "${LAB_LEANER:=leaner}"
: "${LAB_RISKY:=risky}"
: "${LAB_WORK:=${TMPDIR:-/tmp}/drydock-$LAB_STACK}"

# What a mistake may change.
CAPABILITIES=(--capabilities CAPABILITY_IAM)
SCALE=4
BAD_TAG=no-such-tag
OLD_TYPE=t2.micro
OLD_SCALE=2
OLD_GIVES_UP=(--timeout-in-minutes 10 --on-failure DO_NOTHING)
KEEP_SCALE=("ParameterKey=Scale,UsePreviousValue=true")
KEEP_SECRETS=("ParameterKey=KeyName,UsePreviousValue=true" "ParameterKey=CataloguePassword,UsePreviousValue=true")

joined() { aws ecs describe-clusters --clusters "$1" --query 'clusters[0].registeredContainerInstancesCount' --output text; }

# --- 1 prepare -------------------------------------------------------------------------------------------------------

make_key() {
  mkdir -p "$LAB_WORK"
  (umask 077 && aws ec2 create-key-pair --key-name "$LAB_KEY_NAME" --query KeyMaterial --output text >"$LAB_WORK/$LAB_KEY_NAME.pem")
}
make_log_group() {
  aws logs create-log-group --log-group-name "$LAB_STACK"
  aws logs put-retention-policy --log-group-name "$LAB_STACK" --retention-in-days 7
}
make_prepare() {
  make_key
  make_log_group
}

# --- 2 launch, 3 events, 4 shop --------------------------------------------------------------------------------------

template() { cat "$HERE/templates/sock-shop.yaml"; }
create_stack() {
  aws cloudformation create-stack --stack-name "$LAB_STACK" --template-body "$(template)" --timeout-in-minutes 60 \
    ${CAPABILITIES[@]+"${CAPABILITIES[@]}"} --tags Key=lab,Value=sock-shop \
    --parameters "ParameterKey=KeyName,ParameterValue=$LAB_KEY_NAME" ParameterKey=CataloguePassword,ParameterValue=wool-and-cotton \
    "ParameterKey=Scale,ParameterValue=$SCALE" >/dev/null
}
make_launch() { create_stack; }

make_events() { :; }
wait_events() { wait_for 'the stack to be complete' CREATE_COMPLETE stack_status "$LAB_STACK"; }

make_shop() { :; }
wait_shop() {
  wait_for 'the shop to answer' 200 code /
  wait_for 'the catalogue to answer' 200 code '/catalogue?size=1'
}

# --- 5 order, 6 trace ------------------------------------------------------------------------------------------------

make_order() { order_socks; }
wait_order() { wait_for "the order to be kept" "[1-9]*" orders_kept; }

make_trace() { :; }
wait_trace() { let_time_pass 15; }

# --- 7 scale ---------------------------------------------------------------------------------------------------------

# update PARAMETER...
update() {
  aws cloudformation update-stack --stack-name "$LAB_STACK" --use-previous-template --capabilities CAPABILITY_IAM --parameters "$@" >/dev/null
}
make_scale() { update ParameterKey=Scale,ParameterValue=5 "${KEEP_SECRETS[@]}"; }
wait_scale() {
  wait_for 'the update to be complete' UPDATE_COMPLETE stack_status "$LAB_STACK"
  wait_for 'five machines' 5 joined "$LAB_STACK"
}

# --- 8 change-set, 9 execute -----------------------------------------------------------------------------------------

change_set_status() {
  aws cloudformation describe-change-set --stack-name "$LAB_STACK" --change-set-name "$1" --query Status --output text
}
# describe NAME PARAMETER...: makes a change set.
describe() {
  local name=$1
  shift
  aws cloudformation create-change-set --stack-name "$LAB_STACK" --change-set-name "$name" --use-previous-template \
    --capabilities CAPABILITY_IAM --parameters "$@" ${KEEP_SCALE[@]+"${KEEP_SCALE[@]}"} "${KEEP_SECRETS[@]}" >/dev/null
  wait_for "the change set $name" CREATE_COMPLETE change_set_status "$name"
}
make_change_set() {
  describe "$LAB_LEANER" ParameterKey=PublishScope,ParameterValue=No ParameterKey=FrontEndTag,ParameterValue=0.3.12
  describe "$LAB_RISKY" ParameterKey=OrdersTable,ParameterValue=purchases
}

make_execute() { aws cloudformation execute-change-set --stack-name "$LAB_STACK" --change-set-name "$LAB_LEANER"; }
wait_execute() {
  wait_for 'the change set to be carried out' UPDATE_COMPLETE stack_status "$LAB_STACK"
  wait_for 'the front end to be steady' '1 3 3' service_counts front-end
}

# --- 10 rollback -----------------------------------------------------------------------------------------------------

make_rollback() {
  update "ParameterKey=QueueMasterTag,ParameterValue=$BAD_TAG" ParameterKey=PublishScope,UsePreviousValue=true \
    ParameterKey=FrontEndTag,UsePreviousValue=true "${KEEP_SCALE[@]}" "${KEEP_SECRETS[@]}"
}
wait_rollback() { wait_for 'the stack to be rolled back' UPDATE_ROLLBACK_COMPLETE stack_status "$LAB_STACK"; }

# --- 11 as-it-was ----------------------------------------------------------------------------------------------------

create_old() {
  aws cloudformation create-stack --stack-name "$LAB_OLD" --template-body "$(cat "$HERE/templates/as-it-was.yaml")" \
    --capabilities CAPABILITY_IAM ${OLD_GIVES_UP[@]+"${OLD_GIVES_UP[@]}"} \
    --parameters "ParameterKey=KeyName,ParameterValue=$LAB_KEY_NAME" "ParameterKey=EcsInstanceType,ParameterValue=$OLD_TYPE" \
    "ParameterKey=Scale,ParameterValue=$OLD_SCALE" >/dev/null
}
create_twin() {
  wait_for "the first stack's table" CREATE_COMPLETE resource_status "$LAB_OLD" OrdersDynamoDB
  aws cloudformation create-stack --stack-name "$LAB_TWIN" --template-body "$(cat "$HERE/templates/as-it-was.yaml")" \
    --capabilities CAPABILITY_IAM --parameters "ParameterKey=KeyName,ParameterValue=$LAB_KEY_NAME" >/dev/null
}
make_as_it_was() {
  create_old
  create_twin
}
wait_as_it_was() {
  wait_for 'the second stack to be rolled back' ROLLBACK_COMPLETE stack_status "$LAB_TWIN"
  wait_for 'the first stack to give up' CREATE_FAILED stack_status "$LAB_OLD"
}

# --- 12 drift, 13 protect --------------------------------------------------------------------------------------------

front_ends() { aws ecs update-service --cluster "$LAB_STACK" --service front-end --desired-count "$1" >/dev/null; }
detection_status() {
  aws cloudformation describe-stack-drift-detection-status --stack-drift-detection-id "$1" --query DetectionStatus --output text
}
detect() {
  local detection
  detection=$(aws cloudformation detect-stack-drift --stack-name "$LAB_STACK" --query StackDriftDetectionId --output text)
  wait_for 'the drift to be detected' DETECTION_COMPLETE detection_status "$detection"
}
make_drift() {
  front_ends 4
  detect
}

undo_drift() {
  front_ends 3
  wait_for 'three front ends' '1 3 3' service_counts front-end
}
make_protect() {
  undo_drift
  detect
  aws cloudformation update-termination-protection --stack-name "$LAB_STACK" --enable-termination-protection >/dev/null
}

# --- 14 clean-up -----------------------------------------------------------------------------------------------------

unprotect() {
  aws cloudformation update-termination-protection --stack-name "$LAB_STACK" --no-enable-termination-protection >/dev/null
}
delete_log_group() { aws logs delete-log-group --log-group-name "$LAB_STACK"; }
delete_key() {
  aws ec2 delete-key-pair --key-name "$LAB_KEY_NAME" >/dev/null
  rm -f "$LAB_WORK/$LAB_KEY_NAME.pem" "$LAB_WORK/jar"
}
make_clean_up() {
  local stack
  unprotect
  for stack in "$LAB_TWIN" "$LAB_OLD" "$LAB_STACK"; do delete_stack "$stack"; done
  delete_log_group
  delete_key
}

if [[ "${BASH_SOURCE[0]}" == "$0" ]]; then main "$@"; fi
