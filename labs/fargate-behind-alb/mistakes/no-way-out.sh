#!/usr/bin/env bash
# Private subnets, no public address, no NAT gateway: nobody gets the image.
#
# step: way-out
# check: service-steady
# cause: task-no-way-out
# early: way-out/private-routed
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

run_before service
only service
let_time_pass 600
