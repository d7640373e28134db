#!/usr/bin/env bash
# The original is rolled back when its time is up, as is the default, and its services' events are gone.
#
# step: as-it-was
# check: port-taken
# cause: rolled-back-with-its-evidence
# from: as-it-was
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

OLD_GIVES_UP=(--timeout-in-minutes 10)

run_before as-it-was
create_old
wait_for 'the first stack to be rolled back' ROLLBACK_COMPLETE stack_status "$LAB_OLD"
