#!/usr/bin/env bash
# The health check asks for a path that the program does not have.
#
# step: way-out
# check: targets-healthy
# cause: health-check-wrong-code
# early: load-balancer/targets-by-address
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

# In public subnets with public addresses, so that nothing else is missing.
SUBNETS=("$LAB_PUBLIC_A" "$LAB_PUBLIC_B")
PUBLIC_IP=ENABLED

HEALTH_PATH=/healthz

run_before service
only service
let_time_pass 420
