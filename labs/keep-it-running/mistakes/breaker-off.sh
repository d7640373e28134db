#!/usr/bin/env bash
# The second try goes out without the circuit breaker, like the first.
#
# step: breaker
# check: rolled-back
# cause: deployment-stuck
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

BREAKER='deploymentCircuitBreaker={enable=false,rollback=false},minimumHealthyPercent=100,maximumPercent=200'

run machines
run service
run bad-image
only breaker
let_time_pass 600
