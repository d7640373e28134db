#!/usr/bin/env bash
# The name leads to the right tasks, and their security group lets nobody in.
#
# step: front
# check: page-answers
# cause: discovered-port-closed
# early: firewall/data-open-to-web
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

open_data() { :; }

run_before front
run front
let_time_pass 120
