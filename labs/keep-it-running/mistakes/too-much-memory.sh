#!/usr/bin/env bash
# A worker that reserves more memory than any machine has.
#
# step: service
# check: service-steady
# cause: not-enough-memory
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

worker() { render worker.json | sed 's/"memory": 256/"memory": 4000/'; }

run machines
only service
let_time_pass 240
