#!/usr/bin/env bash
# The gateway is attached, and no route leads to it.
#
# step: group
# check: instances-joined
# cause: no-route-to-internet
# early: gateway/route-to-internet
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

route_to_gateway() { :; }

run_before group
only group
let_time_pass 300
