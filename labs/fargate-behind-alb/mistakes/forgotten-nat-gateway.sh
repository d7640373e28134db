#!/usr/bin/env bash
# The clean-up leaves out the NAT gateway: it costs money by the hour, and keeps the stack's network in place.
#
# step: clean-up
# check: nothing-left
# cause: left-over-resources
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

# As much of the lab as it takes.
run network
address=$(aws ec2 allocate-address --domain vpc --tag-specifications "$(tags elastic-ip "$LAB_NAT")" --query AllocationId --output text)
aws ec2 create-nat-gateway --subnet-id "$(find_subnets "$LAB_PUBLIC_A")" --allocation-id "$address" \
  --tag-specifications "$(tags natgateway "$LAB_NAT")" >/dev/null
let_time_pass 150
