#!/usr/bin/env bash
# The clean-up leaves the namespace behind, and with it a hosted zone.
#
# step: clean-up
# check: nothing-left
# cause: left-over-resources
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

# As much of the lab as it takes.
run namespace
let_time_pass 60
