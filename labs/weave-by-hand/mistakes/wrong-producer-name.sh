#!/usr/bin/env bash
# The HTTP server asks for a name that no container has.
#
# step: browser
# check: page-answers
# cause: container-name-does-not-resolve
# early: task-definition/containers-described
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

containers() { sed 's/"value": "dataproducer"/"value": "dataproducers"/' "$HERE/files/weave-ecs-demo-containers.json"; }

run_before service
only service
let_time_pass 180
