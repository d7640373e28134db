#!/usr/bin/env bash
# The capacity provider wants a third machine, and the group may not have one.
#
# step: capacity
# check: heavy-steady
# cause: group-at-maximum
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

MAX_MACHINES=2

run machines
run service
run fill
only capacity
let_time_pass 900
