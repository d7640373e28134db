#!/usr/bin/env bash
# The change set does not name Scale, which falls back to its default of four.
#
# step: change-set
# check: leaner-described
# cause: parameter-fell-back
# from: change-set
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

run_before change-set
KEEP_SCALE=()
only change-set
