#!/usr/bin/env bash
# Each container reserves 3000 MiB; the hosts have one GiB.
#
# step: service
# check: service-steady
# cause: not-enough-memory
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

containers() { sed 's/"memory": 300/"memory": 3000/' "$HERE/files/weave-ecs-demo-containers.json"; }

run_before service
only service
let_time_pass 120
