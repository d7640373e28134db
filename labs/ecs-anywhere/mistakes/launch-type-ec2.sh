#!/usr/bin/env bash
# The service asks for EC2 capacity, and there is none.
#
# step: service
# check: service-steady
# cause: launch-type-not-external
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

LAUNCH_TYPE=EC2
gauge() { render gauge.json | sed 's/"EXTERNAL"/"EC2", "EXTERNAL"/'; }

run_before service
only service
let_time_pass 240
