#!/usr/bin/env bash
# The front ends are changed by hand, and nobody asks CloudFormation to look.
#
# step: drift
# check: drifted
# cause: drift-not-detected
# from: drift
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

detect() { :; }

run_before drift
only drift
