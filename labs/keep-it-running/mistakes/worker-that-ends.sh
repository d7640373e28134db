#!/usr/bin/env bash
# The worker does its work and ends: an essential container that exits ends the task.
#
# step: service
# check: service-steady
# cause: container-exits
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

worker() { render worker.json | sed "s/sleep infinity/echo done/"; }

run machines
only service
let_time_pass 240
