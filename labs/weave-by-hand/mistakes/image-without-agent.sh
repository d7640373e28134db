#!/usr/bin/env bash
# A plain Amazon Linux image: a fine machine that has never heard of ECS.
#
# step: group
# check: instances-joined
# cause: ami-without-agent
# early: launch-configuration/machine-described
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

IMAGE=$(aws ssm get-parameter --name /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64 \
  --query Parameter.Value --output text)

run_before group
only group
let_time_pass 300
