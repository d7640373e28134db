#!/usr/bin/env bash
# The launch configuration names no instance profile.
#
# step: group
# check: instances-joined
# cause: no-instance-profile
# early: launch-configuration/machine-described
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

PROFILE_OPTION=()

run_before group
only group
let_time_pass 300
