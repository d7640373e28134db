#!/usr/bin/env bash
# The data producers offer their port; the HTTP servers were never told to take part.
#
# step: connect
# check: client-connected
# cause: service-connect-off
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

connect_front() { update "$LAB_FRONT" --task-definition "$LAB_FRONT_FAMILY"; }
send_stranger_away() { :; }

run_before names
run connect
let_time_pass 240
