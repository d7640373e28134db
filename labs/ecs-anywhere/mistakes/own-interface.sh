#!/usr/bin/env bash
# The task wants a network interface of its own, which only a VPC can give.
#
# step: service
# check: external-described
# cause: not-compatible
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

gauge() { render gauge.json | sed 's/"EXTERNAL"/"EC2"/; s/bridge/awsvpc/'; }
create_service() { :; }

run_before service
only service
