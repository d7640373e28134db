#!/usr/bin/env bash
# The user data does everything but name the cluster.
#
# step: group
# check: instances-joined
# cause: agent-joins-default-cluster
# early: launch-configuration/machine-described
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

user_data() { printf '#!/bin/bash\necho ECS_LOGLEVEL=info >> /etc/ecs/ecs.config\n'; }

run_before group
only group
let_time_pass 300
