#!/usr/bin/env bash
# The instance profile is created and stays empty.
#
# step: group
# check: instances-joined
# cause: role-cannot-register
# early: role/role-ready
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

fill_profile() { :; }

run_before group
only group
let_time_pass 300
