#!/usr/bin/env bash
# The import runs in the front ends' security group, which the database does not let in, and ends with an error.
#
# step: import
# check: import-ended
# cause: container-exits
# from: import
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

output() {
  local text
  text=$(aws cloudformation describe-stacks --stack-name "$LAB_STACK" --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue" --output text)
  printf '%s' "${text//securityGroups=\[*\],/securityGroups=[$(physical "$LAB_STACK" FrontEndGroup)],}"
}

run_before import
only import
