#!/usr/bin/env bash
# Something of one's own stands in the stack's network, so that it cannot be deleted.
#
# step: clean-up
# check: nothing-left
# cause: left-over-resources
# from: clean-up
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

run_before clean-up
aws ec2 create-security-group --group-name in-the-way --description 'Not of the stack' \
  --vpc-id "$(physical "$LAB_STACK" Vpc)" >/dev/null
aws cloudformation delete-stack --stack-name "$LAB_STACK"
wait_for 'the deletion to fail' DELETE_FAILED stack_status "$LAB_STACK"
