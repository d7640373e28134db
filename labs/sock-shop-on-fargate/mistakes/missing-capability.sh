#!/usr/bin/env bash
# The change set is asked for without saying that the template may make IAM roles, and refused.
#
# step: launch
# check: stack-started
# cause: capability-missing
# from: launch
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

CAPABILITIES=()

run_before launch
describe || true
