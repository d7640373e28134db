#!/usr/bin/env bash
# The change set is made and admired.
#
# step: execute
# check: leaner-executed
# cause: change-set-not-executed
# from: execute
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

make_execute() { :; }

run_before execute
only execute
let_time_pass 60
