#!/usr/bin/env bash
# The machines boot and join, and never say so: the user data has lost its last line.
#
# step: events
# check: stack-complete
# cause: signals-missing
# from: launch
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

template() { sed '/cfn-signal.*EcsInstanceAsg/d' "$HERE/templates/sock-shop.yaml"; }

run_before launch
only launch
wait_for 'the stack to be rolled back' ROLLBACK_COMPLETE stack_status "$LAB_STACK"
