#!/usr/bin/env bash
# The gateway is created and attached to nothing; AWS then refuses the route to it as well.
#
# step: group
# check: instances-joined
# cause: no-route-to-internet
# early: gateway/gateway-attached
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

attach_gateway() { :; }
route_to_gateway() { :; }

run_before group
only group
let_time_pass 300
