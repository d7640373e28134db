#!/usr/bin/env bash
# The data producers offer their port without an alias, so it has another name than the one asked for.
#
# step: connect
# check: server-connected
# cause: alias-missing
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

connect_producer() { render connect-producer.json | python3 -c 'import json,sys; c=json.load(sys.stdin); del c["services"][0]["clientAliases"]; json.dump(c,sys.stdout)'; }
send_stranger_away() { :; }

run_before names
only connect
let_time_pass 300
