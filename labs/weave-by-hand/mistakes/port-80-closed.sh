#!/usr/bin/env bash
# The security group lets in everything but HTTP.
#
# step: browser
# check: page-answers
# cause: security-group-closed
# early: security/ports-open
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

PUBLIC_PORTS=(22 4040)

run_before browser
let_time_pass 60
