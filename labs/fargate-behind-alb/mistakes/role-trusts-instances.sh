#!/usr/bin/env bash
# The execution role is made for instances: ECS may not assume it for tasks.
#
# step: way-out
# check: service-steady
# cause: role-cannot-be-assumed
# early: identity/role-ready
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

# In public subnets with public addresses, so that nothing else is missing.
SUBNETS=("$LAB_PUBLIC_A" "$LAB_PUBLIC_B")
PUBLIC_IP=ENABLED

trust_document() { render execution-role.json | sed 's/ecs-tasks\.amazonaws\.com/ec2.amazonaws.com/'; }

run_before service
only service
let_time_pass 420
