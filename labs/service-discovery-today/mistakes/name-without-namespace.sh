#!/usr/bin/env bash
# The HTTP server asks for the bare name, as it did with Weave.
#
# step: front
# check: page-answers
# cause: name-not-registered
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

front() { render front.json | sed "s/dataproducer.$LAB_NAMESPACE.local/dataproducer/"; }

run_before front
run front
let_time_pass 120
