#!/usr/bin/env bash
# The clean-up leaves out the Auto Scaling group, so most of the rest cannot go either.
#
# step: clean-up
# check: nothing-left
# cause: left-over-resources
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

delete_group() { :; }
# What depends on the instances is refused; a student sees the errors and goes on.
make_clean_up() {
  local part
  for part in service task_definition group role security gateway network cluster; do
    (DRYDOCK_TRIES=12 && "delete_$part") || say "refused: $part"
  done
}

run_before clean-up
only clean-up
let_time_pass 120
