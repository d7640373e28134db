#!/usr/bin/env bash
# The change set is made, and nobody executes it: the stack stays in review.
#
# step: launch
# check: stack-started
# cause: change-set-not-executed
# from: launch
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

execute() { :; }

run_before launch
only launch
