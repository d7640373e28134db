#!/usr/bin/env bash
# The clean-up detaches the internet gateway and never deletes it.
#
# step: clean-up
# check: nothing-left
# cause: left-over-resources
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

delete_gateway() {
  aws ec2 detach-internet-gateway --internet-gateway-id "$(find_gateway)" --vpc-id "$(find_vpc)"
}

run_before clean-up
only clean-up
let_time_pass 60
