#!/usr/bin/env bash
# Nothing waits for whom it asks: the front ends start among the first, and never learn the name catalogue.
#
# step: import
# check: catalogue-answers
# cause: alias-newer-than-client
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

template() {
  local out='PrivateRoute, PrivateTableA, PrivateTableB'
  sed -e "s/^    DependsOn: \[.*Service.*ShopListener.*/    DependsOn: [ShopListener, $out]/" \
    -e "s/^    DependsOn: \[.*Service.*/    DependsOn: [$out]/" "$HERE/templates/sock-shop-on-fargate.yaml"
}
wait_complete() { wait_for 'the stack to be complete' CREATE_COMPLETE stack_status "$LAB_STACK"; }

run_before import
only import
let_time_pass 60
