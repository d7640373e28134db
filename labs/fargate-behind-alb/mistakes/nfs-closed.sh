#!/usr/bin/env bash
# The mount targets stand behind a group that does not let NFS in.
#
# step: persistent
# check: steady-on-efs
# cause: file-system-unreachable
# early: persistent/file-system-ready
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

# In public subnets with public addresses, so that nothing else is missing.
SUBNETS=("$LAB_PUBLIC_A" "$LAB_PUBLIC_B")
PUBLIC_IP=ENABLED

open_nfs() { :; }
# The service stays on its old tasks, so there is nothing to stop.
stop_a_task() { :; }
steady() { let_time_pass 600; }

run_before service
only service
let_time_pass 300
only persistent
let_time_pass 300
