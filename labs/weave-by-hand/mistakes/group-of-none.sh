#!/usr/bin/env bash
# The group is created with a capacity of zero.
#
# step: service
# check: service-steady
# cause: no-container-instances
# early: group/group-of-three
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

CAPACITY=0

run_before service
only service
let_time_pass 120
