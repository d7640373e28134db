#!/usr/bin/env bash
# The update meant to fail names an image that exists, and succeeds.
#
# step: rollback
# check: update-failed
# cause: nothing-has-failed
# from: rollback
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

BAD_TAG=0.3.11

run_before rollback
only rollback
wait_for 'the update to be complete' UPDATE_COMPLETE stack_status "$LAB_STACK"
