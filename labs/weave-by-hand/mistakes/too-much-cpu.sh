#!/usr/bin/env bash
# Each container reserves 2000 CPU units; the hosts have 1024.
#
# step: service
# check: service-steady
# cause: not-enough-cpu
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

containers() { sed 's/"cpu": 10/"cpu": 2000/' "$HERE/files/weave-ecs-demo-containers.json"; }

run_before service
only service
let_time_pass 120
