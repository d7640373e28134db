#!/usr/bin/env bash
# The revision is registered again as it was: the volume is still made with the task.
#
# step: persistent
# check: lines-stay
# cause: volume-is-ephemeral
# early: persistent/volume-on-efs
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

# In public subnets with public addresses, so that nothing else is missing.
SUBNETS=("$LAB_PUBLIC_A" "$LAB_PUBLIC_B")
PUBLIC_IP=ENABLED

use_file_system() {
  account
  register "$(render task-definition.json)"
}

run_before service
only service
let_time_pass 300
run https
run persistent
let_time_pass 600
