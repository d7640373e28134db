#!/usr/bin/env bash
# The stacks are deleted, and the log group that belonged to none of them stays.
#
# step: clean-up
# check: nothing-left
# cause: left-over-resources
# from: clean-up
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

delete_log_group() { :; }

run_before clean-up
only clean-up
