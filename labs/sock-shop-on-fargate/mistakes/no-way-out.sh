#!/usr/bin/env bash
# The private subnets' route to the NAT gateway leads only to one small network, so that no task can fetch its image.
#
# step: complete
# check: stack-complete
# cause: stack-resource-failed
# from: launch
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

template() { sed -e 's|0.0.0.0/0, NatGatewayId|203.0.113.0/24, NatGatewayId|' "$HERE/templates/sock-shop-on-fargate.yaml"; }

run_before launch
only launch
wait_for 'the stack to be rolled back' ROLLBACK_COMPLETE stack_status "$LAB_STACK"
