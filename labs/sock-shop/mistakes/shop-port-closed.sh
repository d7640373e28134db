#!/usr/bin/env bash
# Somebody has closed port 80 of the group that machines and load balancers share.
#
# step: shop
# check: shop-answers
# cause: security-group-closed
# from: shop
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

run_before shop
aws ec2 revoke-security-group-ingress --group-id "$(physical "$LAB_STACK" EcsSecurityGroup)" \
  --protocol tcp --port 80 --cidr 0.0.0.0/0 >/dev/null
let_time_pass 120
