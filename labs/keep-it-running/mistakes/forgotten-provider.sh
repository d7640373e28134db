#!/usr/bin/env bash
# The clean-up leaves the capacity provider behind.
#
# step: clean-up
# check: nothing-left
# cause: left-over-resources
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

# As much of the lab as it takes.
run machines
run fill
run capacity
delete_services "$LAB_HEAVY"
settle 120
aws ecs put-cluster-capacity-providers --cluster "$LAB_CLUSTER" --capacity-providers '[]' \
  --default-capacity-provider-strategy '[]' >/dev/null
aws autoscaling delete-auto-scaling-group --auto-scaling-group-name "$LAB_GROUP" --force-delete
let_time_pass 180
