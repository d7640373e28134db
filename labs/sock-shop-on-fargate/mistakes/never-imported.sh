#!/usr/bin/env bash
# The catalogue is asked before anybody has filled it.
#
# step: import
# check: import-ended
# cause: not-there-yet
# from: import
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

run_before import
