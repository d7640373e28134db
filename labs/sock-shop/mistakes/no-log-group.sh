#!/usr/bin/env bash
# The log group that the containers log to was never made, so that no container can start.
#
# step: events
# check: stack-complete
# cause: log-group-missing
# early: prepare/log-group-there
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

make_log_group() { :; }

run_before launch
only launch
wait_for 'the stack to be rolled back' ROLLBACK_COMPLETE stack_status "$LAB_STACK"
