#!/usr/bin/env bash
# Somebody has closed the database's port to the machines, so that the catalogue has no socks.
#
# step: shop
# check: catalogue-answers
# cause: database-port-closed
# from: shop
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

run_before shop
aws ec2 revoke-security-group-ingress --group-id "$(physical "$LAB_STACK" DBEC2SecurityGroup)" \
  --protocol tcp --port 3306 --source-group "$(physical "$LAB_STACK" EcsSecurityGroup)" >/dev/null
let_time_pass 120
