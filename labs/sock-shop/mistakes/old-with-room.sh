#!/usr/bin/env bash
# The original is given machines that are large and many enough, and works.
#
# step: as-it-was
# check: old-failed
# cause: nothing-has-failed
# from: as-it-was
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

OLD_TYPE=t2.large
OLD_SCALE=4

run_before as-it-was
create_old
wait_for 'the first stack to be complete' CREATE_COMPLETE stack_status "$LAB_OLD"
