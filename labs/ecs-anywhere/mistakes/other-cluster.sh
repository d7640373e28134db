#!/usr/bin/env bash
# The machine joins, and another cluster: it was not told the name.
#
# step: join
# check: machine-joined
# cause: agent-joins-default-cluster
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

JOIN_CLUSTER=default

aws ecs create-cluster --cluster-name default >/dev/null
run_before join
only join
let_time_pass 300
