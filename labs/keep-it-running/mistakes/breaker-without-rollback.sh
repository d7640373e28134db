#!/usr/bin/env bash
# The circuit breaker may give up, and not go back.
#
# step: breaker
# check: rolled-back
# cause: deployment-not-rolled-back
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

BREAKER='deploymentCircuitBreaker={enable=true,rollback=false},minimumHealthyPercent=100,maximumPercent=200'

run machines
run service
run bad-image
only breaker
let_time_pass 600
