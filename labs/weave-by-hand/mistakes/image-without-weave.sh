#!/usr/bin/env bash
# Today's ECS image: the agent joins and tasks run, but nothing answers for container names.
#
# step: browser
# check: page-answers
# cause: container-name-does-not-resolve
# early: launch-configuration/machine-described
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

IMAGE=$(aws ssm get-parameter --name /aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id \
  --query Parameter.Value --output text)

run_before service
only service
let_time_pass 180
