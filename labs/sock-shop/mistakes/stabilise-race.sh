#!/usr/bin/env bash
# As in the original nothing waits for the machines; and this time the machines join another cluster, so that the services wait in vain.
#
# step: events
# check: instances-joined
# cause: agent-joins-default-cluster
# from: launch
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

template() {
  sed -e '/^    CreationPolicy:$/{N;/ResourceSignal:$/{N;N;d;};}' -e '/echo ECS_CLUSTER=/d' -e '/^    DependsOn: EcsInstanceAsg$/d' \
    "$HERE/templates/sock-shop.yaml"
}

run_before launch
only launch
wait_for 'the group to be "complete"' CREATE_COMPLETE resource_status "$LAB_STACK" EcsInstanceAsg
let_time_pass 900
