#!/usr/bin/env bash
# Stands in for a machine outside AWS, in the practice cloud: makes the two calls that the two agents of a real one make.
#
#   join.sh CLUSTER ACTIVATION_ID ACTIVATION_CODE
#
# On real hardware you would not use this. You would run Amazon's install script, ecs-anywhere-install.sh, as root, with the same
# three values and the region: it installs Docker, the SSM agent and the ECS agent, and they register themselves.
set -euo pipefail

cluster=${1:?cluster} activation_id=${2:?activation id} activation_code=${3:?activation code}
: "${AWS_ENDPOINT_URL:?This is for the practice cloud; on AWS use the install script}"
region=${AWS_DEFAULT_REGION:-${AWS_REGION:-us-east-1}}

# 1. The SSM agent exchanges the activation for an identity. The call is not in the CLI, because only agents make it. (A real agent
#    signs it with nothing: the code is its proof. The practice cloud wants to know whose account it is, hence the signature.)
machine=$(curl --silent --show-error --fail-with-body --noproxy '*' --request POST "$AWS_ENDPOINT_URL/" \
  --aws-sigv4 "aws:amz:$region:ssm" --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \
  ${AWS_SESSION_TOKEN:+--header "x-amz-security-token: $AWS_SESSION_TOKEN"} \
  --header 'content-type: application/x-amz-json-1.1' --header 'x-amz-target: AmazonSSM.RegisterManagedInstance' \
  --data "{\"ActivationId\": \"$activation_id\", \"ActivationCode\": \"$activation_code\", \"Fingerprint\": \"cellar-$RANDOM$RANDOM\",
    \"PublicKey\": \"practice\", \"PublicKeyType\": \"Rsa\"}" | sed -n 's/.*"InstanceId"[^"]*"\([^"]*\)".*/\1/p')
echo "Systems Manager knows this machine as $machine"

# 2. The ECS agent registers it with the cluster: what it has, and what it can do.
aws ecs register-container-instance --cluster "$cluster" \
  --instance-identity-document "{\"instanceId\": \"$machine\", \"region\": \"$region\"}" \
  --total-resources name=CPU,type=INTEGER,integerValue=4096 name=MEMORY,type=INTEGER,integerValue=7900 \
  --attributes name=ecs.capability.external name=ecs.os-type,value=linux name=ecs.cpu-architecture,value=x86_64 \
  --version-info agentVersion=1.108.0,dockerVersion=25.0.0 \
  --query 'containerInstance.[containerInstanceArn,ec2InstanceId,status]' --output text
