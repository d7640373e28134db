#!/usr/bin/env bash
# The importer cannot sign in to the database, and signals failure: its password is not the database's.
#
# step: events
# check: stack-complete
# cause: signal-of-failure
# from: launch
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

# shellcheck disable=SC2016  # the template's own text
template() { sed 's/--password=${CataloguePassword}/--password=guessed-wrong/' "$HERE/templates/sock-shop.yaml"; }

run_before launch
only launch
wait_for 'the stack to be rolled back' ROLLBACK_COMPLETE stack_status "$LAB_STACK"
