#!/usr/bin/env bash
# Socks are ordered by somebody who has not logged in.
#
# step: order
# check: order-kept
# cause: nothing-was-ordered
# from: order
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

make_order() { visit /orders --request POST --output /dev/null || true; }

run_before order
only order
