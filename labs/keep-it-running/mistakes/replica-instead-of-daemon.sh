#!/usr/bin/env bash
# Two replicas on two machines look like a daemon, until there is a third.
#
# step: daemon
# check: one-each
# cause: scheduling-strategy-differs
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

SCHEDULING=REPLICA

run machines
run service
run daemon
