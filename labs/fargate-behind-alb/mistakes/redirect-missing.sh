#!/usr/bin/env bash
# HTTPS works, and HTTP still answers in the clear.
#
# step: https
# check: listener-80-redirects
# cause: redirect-missing
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

redirect_80() { :; }

run network
run firewall
run load-balancer
only https
