#!/usr/bin/env bash
# The role is made for tasks: EC2 may not assume it.
#
# step: group
# check: instances-joined
# cause: role-cannot-register
# early: role/role-ready
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

trust_document() { sed 's/ec2\.amazonaws\.com/ecs-tasks.amazonaws.com/' "$HERE/files/weave-ecs-role.json"; }

run_before group
only group
let_time_pass 300
