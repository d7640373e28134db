#!/usr/bin/env bash
# Two machines are asked for; the template wants three at least, and the request is refused.
#
# step: launch
# check: stack-started
# cause: parameter-refused
# from: launch
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

SCALE=2

run_before launch
only launch || true
