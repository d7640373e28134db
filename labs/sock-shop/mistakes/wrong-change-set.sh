#!/usr/bin/env bash
# The other change set is executed: the orders' table is replaced by an empty one.
#
# step: execute
# check: order-still-there
# cause: table-was-replaced
# from: execute
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

make_execute() { aws cloudformation execute-change-set --stack-name "$LAB_STACK" --change-set-name "$LAB_RISKY"; }

run_before execute
only execute
wait_for 'the change set to be carried out' UPDATE_COMPLETE stack_status "$LAB_STACK"
