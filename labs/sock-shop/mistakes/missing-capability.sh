#!/usr/bin/env bash
# The stack is launched without saying that it may make an IAM role, and refused.
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
only launch || true
