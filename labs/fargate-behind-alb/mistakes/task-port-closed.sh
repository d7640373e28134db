#!/usr/bin/env bash
# The tasks' group lets nothing in: not even the load balancer.
#
# step: way-out
# check: targets-healthy
# cause: target-security-group-closed
# early: firewall/tasks-open-to-alb
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

# In public subnets with public addresses, so that nothing else is missing.
SUBNETS=("$LAB_PUBLIC_A" "$LAB_PUBLIC_B")
PUBLIC_IP=ENABLED

open_tasks() { :; }

run_before service
only service
let_time_pass 420
