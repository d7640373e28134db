#!/usr/bin/env bash
# The listener is created before the certificate has been issued, and AWS refuses it.
#
# step: https
# check: listener-443
# cause: certificate-not-issued
set -euo pipefail
# shellcheck source=../solution.sh
source "$(dirname "${BASH_SOURCE[0]}")/../solution.sh"

wait_for_certificate() { :; }
listen_443() {
  aws elbv2 create-listener --load-balancer-arn "$1" --protocol HTTPS --port 443 --certificates "CertificateArn=$2" \
    --default-actions "Type=forward,TargetGroupArn=$3" >/dev/null || say "refused"
}

run network
run firewall
run load-balancer
only https
