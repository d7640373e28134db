#!/usr/bin/env bash
# The cluster is gone, and Systems Manager still knows the machine, and may bill for it.
#
# step: clean-up
# check: nothing-left
# cause: left-over-resources
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

delete_machine() {
  aws ecs deregister-container-instance --cluster "$LAB_CLUSTER" --container-instance "$(find_instance)" --force >/dev/null
}

run role
run activation
run join
run service
only clean-up
let_time_pass 60
