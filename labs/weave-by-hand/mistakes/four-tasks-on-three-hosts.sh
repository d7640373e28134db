#!/usr/bin/env bash
# Four tasks that all want host port 80, on three hosts.
#
# step: service
# check: service-steady
# cause: host-port-in-use
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

DESIRED=4

run_before service
only service
let_time_pass 180
