#!/usr/bin/env bash
# Somebody has closed port 80 of the services to the front ends.
#
# step: import
# check: catalogue-answers
# cause: discovered-port-closed
# from: names
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

run_before names
aws ec2 revoke-security-group-ingress --group-id "$(physical "$LAB_STACK" ServiceGroup)" \
  --protocol tcp --port 80 --source-group "$(physical "$LAB_STACK" FrontEndGroup)" >/dev/null
let_time_pass 60
