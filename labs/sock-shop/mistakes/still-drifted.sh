#!/usr/bin/env bash
# Protected as it is, with four front ends.
#
# step: protect
# check: in-sync
# cause: still-drifted
# from: protect
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

undo_drift() { :; }

run_before protect
only protect
