#!/usr/bin/env bash
# The role is made for tasks, and Systems Manager refuses to hand it out.
#
# step: activation
# check: activation-ready
# cause: role-not-for-systems-manager
# early: role/role-ready
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

trust_document() { render machine-role.json | sed 's/ssm\.amazonaws\.com/ecs-tasks.amazonaws.com/'; }
activate() {
  aws ssm create-activation --iam-role "$LAB_ROLE" --registration-limit 1 --query '[ActivationId,ActivationCode]' --output text || say refused
}

run role
only activation
