#!/usr/bin/env bash
# The container is told to log to a group that was never created.
#
# step: way-out
# check: service-steady
# cause: log-group-missing
# early: identity/log-group-there
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

# In public subnets with public addresses, so that nothing else is missing.
SUBNETS=("$LAB_PUBLIC_A" "$LAB_PUBLIC_B")
PUBLIC_IP=ENABLED

make_log_group() { :; }

run_before service
only service
let_time_pass 420
