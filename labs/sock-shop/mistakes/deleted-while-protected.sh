#!/usr/bin/env bash
# The stack is told to go while it is protected, and stays, at half a dollar an hour.
#
# step: clean-up
# check: nothing-left
# cause: left-over-resources
# from: clean-up
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

unprotect() { :; }
delete_stack() { aws cloudformation delete-stack --stack-name "$1" || true; }

run_before clean-up
only clean-up
let_time_pass 900
