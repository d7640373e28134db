#!/usr/bin/env bash
# The service that should be packed is spread.
#
# step: placement
# check: packed-packed
# cause: placement-strategy-differs
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

PACKING=type=spread,field=instanceId

run machines
run service
run fill
run placement
