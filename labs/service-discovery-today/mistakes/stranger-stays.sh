#!/usr/bin/env bash
# The wrong address stays in the registry.
#
# step: connect
# check: stranger-gone
# cause: stranger-registered
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

send_stranger_away() { :; }

run_before front
run stranger
let_time_pass 60
