#!/usr/bin/env bash
# Somebody has closed Weave's ports between the machines, so that containers find only those of their own host.
#
# step: shop
# check: catalogue-answers
# cause: weave-ports-closed
# from: shop
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

run_before shop
GROUP=$(physical "$LAB_STACK" EcsSecurityGroup)
aws ec2 revoke-security-group-ingress --group-id "$GROUP" --protocol tcp --port 6783 --source-group "$GROUP" >/dev/null
aws ec2 revoke-security-group-ingress --group-id "$GROUP" --protocol udp --port 6783-6784 --source-group "$GROUP" >/dev/null
# One catalogue for three front ends: at most one of them has it on its own machine.
aws ecs update-service --cluster "$LAB_STACK" --service catalogue --desired-count 1 >/dev/null
let_time_pass 180
