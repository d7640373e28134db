#!/usr/bin/env bash
# The service may not have more workers than it has.
#
# step: load
# check: grown
# cause: scaling-at-maximum
# early: load/policy-there
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

MAX_WORKERS=4
make_room() { :; }

run machines
run service
only load
let_time_pass 900
