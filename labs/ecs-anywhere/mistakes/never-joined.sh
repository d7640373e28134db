#!/usr/bin/env bash
# The activation is made, and nobody uses it.
#
# step: join
# check: machine-joined
# cause: machine-not-registered
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

run_before join
let_time_pass 300
