#!/usr/bin/env bash
# The maintenance is over, and nobody told ECS.
#
# step: maintenance
# check: steady-again
# cause: instance-draining
# early: maintenance/machine-back
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

back_to_work() { :; }

run role
run activation
run join
run service
only maintenance
let_time_pass 240
