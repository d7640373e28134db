#!/usr/bin/env bash
# The target group takes instances, and Fargate has none.
#
# step: load-balancer
# check: targets-by-address
# cause: target-type-not-ip
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

TARGET_TYPE=instance

run network
run firewall
run load-balancer
