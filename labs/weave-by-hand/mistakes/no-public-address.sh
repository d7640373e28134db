#!/usr/bin/env bash
# The instances get private addresses only.
#
# step: group
# check: instances-joined
# cause: no-public-address
# early: launch-configuration/machine-described
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

ADDRESS_OPTION=(--no-associate-public-ip-address)

run_before group
only group
let_time_pass 300
