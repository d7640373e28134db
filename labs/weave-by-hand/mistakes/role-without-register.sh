#!/usr/bin/env bash
# The policy lacks ecs:RegisterContainerInstance.
#
# step: group
# check: instances-joined
# cause: role-cannot-register
# early: role/role-ready
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

policy_document() { sed '/ecs:RegisterContainerInstance/d' "$HERE/files/weave-ecs-policy.json"; }

run_before group
only group
let_time_pass 300
