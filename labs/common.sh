# What the labs' solutions share. A solution is called like this:
#
#   solution.sh all              every step in order
#   solution.sh STEP_ID ...      these steps, in this order; each finds by name what earlier ones made
#   solution.sh steps            the step ids, one per line
#
# Where the lab has a stack, that has to stand already: the platform makes it, and a test does as the platform.
#
# Environment (all optional):
#   AWS_ENDPOINT_URL       where the API is; unset means AWS
#   AWS_DEFAULT_REGION     default us-east-1
#   LAB_<VALUE>            a value of lab.yaml in capitals, such as LAB_CLUSTER
#   DRYDOCK_POLL           seconds between two looks while waiting, default 2
#   DRYDOCK_TRIES          looks before giving up, default 150
#   DRYDOCK_DONE_BEFORE    a step: those above it have been done, and run_before has nothing to do
#   DRYDOCK_ADVANCE_URL    instead of waiting, POST {"seconds":N} here (a practice cloud with a manual clock)
#
# A solution sources this file and says, for each of its STEPS, what the student does: make_<step>, and what then has to
# be waited for: wait_<step>. Sourced itself, it only defines its functions: mistakes/*.sh replace one of them and run
# the rest unchanged.
# shellcheck shell=bash

export AWS_PAGER=""
export AWS_DEFAULT_REGION="${AWS_DEFAULT_REGION:-${AWS_REGION:-us-east-1}}"

TICK=5                                                     # simulated seconds between two looks

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

# One look's worth of time.
tick() {
  if [[ -n "${DRYDOCK_ADVANCE_URL:-}" ]]; then let_time_pass "$TICK"; else sleep "${DRYDOCK_POLL:-2}"; fi
}

# wait_for WHAT EXPECTED COMMAND...: until the command prints EXPECTED, a pattern. It may fail meanwhile.
wait_for() {
  local what=$1 expected=$2 seen="" tries
  shift 2
  for ((tries = 0; tries < ${DRYDOCK_TRIES:-150}; tries++)); do
    seen=$("$@" 2>/dev/null) || seen=""
    # shellcheck disable=SC2053  # a pattern on purpose
    [[ "$seen" == $expected ]] && return 0
    tick
  done
  fail "gave up waiting for $what: expected '$expected', saw '$seen'"
}

# --- finding things by name ------------------------------------------------------------------------------------------

present() { [[ -n "$1" && "$1" != None ]]; }
need() { present "$2" || fail "no $1 yet: run its step first"; printf '%s' "$2"; }
tagged() { printf 'Name=tag:Name,Values=%s' "$1"; }
# tags TYPE NAME: for --tag-specifications
tags() { printf 'ResourceType=%s,Tags=[{Key=Name,Value=%s}]' "$1" "$2"; }
account() { ACCOUNT_ID=${ACCOUNT_ID:-$(aws sts get-caller-identity --query Account --output text)}; }
# vpc_named NAME, group_named NAME: its id
vpc_named() { need VPC "$(aws ec2 describe-vpcs --filters "$(tagged "$1")" --query 'Vpcs[0].VpcId' --output text)"; }
group_named() {
  need 'security group' "$(aws ec2 describe-security-groups --filters "Name=group-name,Values=$1" \
    --query 'SecurityGroups[0].GroupId' --output text)"
}

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

# --- ECS, in the lab's cluster ---------------------------------------------------------------------------------------

# register JSON: a revision. deregister FAMILY...: all of their revisions.
register() { aws ecs register-task-definition --cli-input-json "$1" >/dev/null; }
deregister() {
  local family revision
  for family in "$@"; do
    for revision in $(aws ecs list-task-definitions --family-prefix "$family" --query taskDefinitionArns --output text); do
      if present "$revision"; then aws ecs deregister-task-definition --task-definition "$revision" >/dev/null; fi
    done
  done
}

# steady [SERVICE...]: waits until they are; the lab's service, if none is named.
steady() { aws ecs wait services-stable --cluster "$LAB_CLUSTER" --services "${@:-$LAB_SERVICE}"; }
# update SERVICE OPTION...
update() {
  local name=$1
  shift
  aws ecs update-service --cluster "$LAB_CLUSTER" --service "$name" "$@" >/dev/null
}
# delete_services SERVICE...: at once, with their tasks
delete_services() {
  local name
  for name in "$@"; do aws ecs delete-service --cluster "$LAB_CLUSTER" --service "$name" --force >/dev/null; done
}
# stop_a_task SERVICE REASON
stop_a_task() {
  local task
  task=$(aws ecs list-tasks --cluster "$LAB_CLUSTER" --service-name "$1" --query 'taskArns[0]' --output text)
  aws ecs stop-task --cluster "$LAB_CLUSTER" --task "$(need task "$task")" --reason "$2" >/dev/null
}

# Machines of today's ECS image that join the cluster: their image, and their user data.
ecs_image() {
  aws ssm get-parameter --name /aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id \
    --query Parameter.Value --output text
}
joining_user_data() {
  printf '#!/bin/bash\necho ECS_CLUSTER=%s >> /etc/ecs/ecs.config\n' "$LAB_CLUSTER" | base64 | tr -d '\n'
}

# --- stacks ----------------------------------------------------------------------------------------------------------

stack_status() { aws cloudformation describe-stacks --stack-name "$1" --query 'Stacks[0].StackStatus' --output text; }
stack_id() { aws cloudformation describe-stacks --stack-name "$1" --query 'Stacks[0].StackId' --output text; }
resource_status() {
  aws cloudformation describe-stack-resource --stack-name "$1" --logical-resource-id "$2" \
    --query StackResourceDetail.ResourceStatus --output text
}
physical() {
  aws cloudformation describe-stack-resource --stack-name "$1" --logical-resource-id "$2" \
    --query StackResourceDetail.PhysicalResourceId --output text
}
output() {
  aws cloudformation describe-stacks --stack-name "$LAB_STACK" --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue" --output text
}
# delete_stack NAME: and wait, by its id, for a deleted stack has no name.
delete_stack() {
  local id
  id=$(stack_id "$1")
  aws cloudformation delete-stack --stack-name "$1"
  wait_for "$1 to be deleted" DELETE_COMPLETE stack_status "$id"
}

# --- Sock Shop, in the cluster that is named as its stack -------------------------------------------------------------

# service_counts SERVICE: deployments, running and desired tasks
service_counts() {
  aws ecs describe-services --cluster "$LAB_STACK" --services "$1" \
    --query 'services[0].[length(deployments),runningCount,desiredCount]' --output text | tr '\t' ' '
}
# visit PATH [CURL_OPTION...]: the shop, as one visitor. code PATH: with which status it answers.
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
# order_socks: logs in, fills the cart, orders. orders_kept: how many orders the table has.
order_socks() {
  local sock
  visit /login --user user:password --output /dev/null
  sock=$(visit '/catalogue?size=1' | grep --only-matching '"id": *"[^"]*"' | head -n 1 | cut -d '"' -f 4)
  [[ -n "$sock" ]] || fail 'the catalogue has no socks'
  visit /cart --header 'Content-Type: application/json' --data "{\"id\":\"$sock\"}" --output /dev/null
  visit /orders --request POST --output /dev/null
}
orders_kept() { aws dynamodb scan --table-name "$LAB_STACK-orders" --select COUNT --query Count --output text; }

# --- running steps ---------------------------------------------------------------------------------------------------

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
# run_before STEP: every step above it, unless somebody has done them already.
run_before() {
  local step
  [[ "${DRYDOCK_DONE_BEFORE:-}" == "$1" ]] && return 0
  for step in "${STEPS[@]}"; do
    [[ "$step" == "$1" ]] && return 0
    run "$step"
  done
}

# main ARGUMENT...: what a solution does with its arguments.
main() {
  local step
  case "${1:-}" in
    "") fail "usage: solution.sh all | steps | STEP_ID ..." ;;
    all) for step in "${STEPS[@]}"; do run "$step"; done ;;
    steps) printf '%s\n' "${STEPS[@]}" ;;
    *) for step in "$@"; do run "$step"; done ;;
  esac
}
