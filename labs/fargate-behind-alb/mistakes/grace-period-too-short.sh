#!/usr/bin/env bash
# The service has no patience: tasks are stopped while the program is still warming up.
#
# step: way-out
# check: targets-healthy
# cause: grace-period-too-short
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

# In public subnets with public addresses, so that nothing else is missing.
SUBNETS=("$LAB_PUBLIC_A" "$LAB_PUBLIC_B")
PUBLIC_IP=ENABLED

GRACE=0

run_before service
only service
let_time_pass 420
