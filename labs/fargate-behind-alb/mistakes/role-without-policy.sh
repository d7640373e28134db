#!/usr/bin/env bash
# The execution role may do nothing.
#
# step: way-out
# check: service-steady
# cause: execution-role-lacks-permission
# early: identity/role-ready
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

# In public subnets with public addresses, so that nothing else is missing.
SUBNETS=("$LAB_PUBLIC_A" "$LAB_PUBLIC_B")
PUBLIC_IP=ENABLED

permit_role() { :; }

run_before service
only service
let_time_pass 420
