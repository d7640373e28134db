#!/usr/bin/env bash
# The service is created without a registry: its tasks run, and nobody knows where.
#
# step: producers
# check: producers-registered
# cause: registry-empty
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

REGISTER=

run_before producers
only producers
let_time_pass 300
