#!/usr/bin/env bash
# The execution role may not read the secret, so that the catalogue's tasks cannot start.
#
# step: complete
# check: stack-complete
# cause: stack-resource-failed
# from: launch
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

template() { sed -e 's/Action: secretsmanager:GetSecretValue/Action: secretsmanager:DescribeSecret/' "$HERE/templates/sock-shop-on-fargate.yaml"; }

run_before launch
only launch
wait_for 'the stack to be rolled back' ROLLBACK_COMPLETE stack_status "$LAB_STACK"
