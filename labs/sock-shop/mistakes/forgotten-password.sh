#!/usr/bin/env bash
# The update leaves out the password, which has no default, and is refused: the stack keeps four machines.
#
# step: scale
# check: stack-scaled
# cause: parameter-refused
# from: scale
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

KEEP_SECRETS=("ParameterKey=KeyName,UsePreviousValue=true")

run_before scale
only scale || true
let_time_pass 60
