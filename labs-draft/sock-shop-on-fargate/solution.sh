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
#   LAB_<VALUE>            a value of lab.yaml in capitals, such as LAB_STACK
#   LAB_CURL_OPTIONS       what curl needs to reach a load balancer; default: the endpoint as a proxy, if there is one
#   LAB_WORK               folder for cookies
#   DRYDOCK_POLL           seconds between two looks while waiting, default 10
#   DRYDOCK_TRIES          looks before giving up, default 240
#   DRYDOCK_ADVANCE_URL    instead of sleeping, POST {"seconds":15} here (a practice cloud with a manual clock)
#
# Sourced, it only defines its functions: mistakes/*.sh replace one of them and run the rest unchanged.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
STEPS=(launch complete import names order scale rollback clean-up)

export AWS_PAGER=""
export AWS_DEFAULT_REGION="${AWS_DEFAULT_REGION:-${AWS_REGION:-us-east-1}}"
: "${LAB_STACK:=socks-fargate}"
: "${LAB_WORK:=${TMPDIR:-/tmp}/drydock-$LAB_STACK}"

# What a mistake may change.
CAPABILITIES=(--capabilities CAPABILITY_IAM)
BAD_TAG=no-such-tag

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

# One look's worth of time.
tick() {
  if [[ -n "${DRYDOCK_ADVANCE_URL:-}" ]]; then let_time_pass 15; else sleep "${DRYDOCK_POLL:-10}"; fi
}

# wait_for WHAT EXPECTED COMMAND...: until the command prints EXPECTED, a pattern.
wait_for() {
  local what=$1 expected=$2 seen="" tries
  shift 2
  for ((tries = 0; tries < ${DRYDOCK_TRIES:-240}; tries++)); do
    seen=$("$@" 2>/dev/null) || seen=""
    # shellcheck disable=SC2053  # a pattern on purpose
    [[ "$seen" == $expected ]] && return 0
    tick
  done
  fail "gave up waiting for $what: expected '$expected', saw '$seen'"
}

# --- looking ---------------------------------------------------------------------------------------------------------

stack_status() { aws cloudformation describe-stacks --stack-name "$1" --query 'Stacks[0].StackStatus' --output text; }
stack_id() { aws cloudformation describe-stacks --stack-name "$1" --query 'Stacks[0].StackId' --output text; }
physical() {
  aws cloudformation describe-stack-resource --stack-name "$1" --logical-resource-id "$2" \
    --query StackResourceDetail.PhysicalResourceId --output text
}
output() {
  aws cloudformation describe-stacks --stack-name "$LAB_STACK" --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue" --output text
}
service_counts() {
  aws ecs describe-services --cluster "$LAB_STACK" --services "$1" \
    --query 'services[0].[length(deployments),runningCount,desiredCount]' --output text | tr '\t' ' '
}
# visit PATH [CURL_OPTION...]: the shop, as one visitor.
visit() {
  local path=$1 options=() shop
  shift
  if [[ -n "${LAB_CURL_OPTIONS+set}" ]]; then
    read -r -a options <<<"$LAB_CURL_OPTIONS"
  elif [[ -n "${AWS_ENDPOINT_URL:-}" ]]; then
    options=(--proxy "$AWS_ENDPOINT_URL")
  fi
  shop=$(output AppFrontend)
  mkdir -p "$LAB_WORK"
  curl --silent --max-time 20 ${options[@]+"${options[@]}"} --cookie "$LAB_WORK/jar" --cookie-jar "$LAB_WORK/jar" "$@" "$shop$path"
}
code() { visit "$1" --output /dev/null --write-out '%{http_code}' || true; }

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

make_order() {
  local sock
  visit /login --user user:password --output /dev/null
  sock=$(visit '/catalogue?size=1' | grep --only-matching '"id": *"[^"]*"' | head -n 1 | cut -d '"' -f 4)
  [[ -n "$sock" ]] || fail 'the catalogue has no socks'
  visit /cart --header 'Content-Type: application/json' --data "{\"id\":\"$sock\"}" --output /dev/null
  visit /orders --request POST --output /dev/null
}
orders_kept() { aws dynamodb scan --table-name "$LAB_STACK-orders" --select COUNT --query Count --output text; }
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
