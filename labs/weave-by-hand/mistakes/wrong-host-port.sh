#!/usr/bin/env bash
# The HTTP server is published on host port 8080.
#
# step: browser
# check: page-answers
# cause: port-not-mapped
# early: task-definition/containers-described
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

containers() { sed 's/"hostPort": 80/"hostPort": 8080/' "$HERE/files/weave-ecs-demo-containers.json"; }

run_before browser
let_time_pass 60
