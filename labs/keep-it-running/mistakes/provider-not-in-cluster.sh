#!/usr/bin/env bash
# The capacity provider exists, and the cluster has never heard of it.
#
# step: capacity
# check: provider-ready
# cause: capacity-provider-not-in-cluster
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

join_provider() { :; }
use_provider() {
  update "$LAB_HEAVY" --capacity-provider-strategy "capacityProvider=$LAB_PROVIDER,weight=1" --force-new-deployment || say "refused"
}

run machines
run fill
only capacity
