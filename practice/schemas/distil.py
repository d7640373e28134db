#!/usr/bin/env python3
"""Distils the property schemas that AWS publishes for CloudFormation's resource types to what Drydock reads of them.

    python3 distil.py FOLDER

FOLDER holds AWS's schemas, one JSON file per type under whatever name (`typeName` tells which), as in the archive that
"CloudFormation resource provider schemas" of AWS's documentation links to, or in cfn-lint's `data/schemas/resources`.
Where there is more than one file of a type, the largest is taken: regions differ in what they do not offer.

Writes `<service>.jsonl` beside this script: a type per line, by name, without descriptions, examples, handlers and what
else `practice/src/services/cloudformation/schema` does not read, so that a difference shows which types changed.
"""

import json
import pathlib
import sys

TYPES = {
    "applicationautoscaling": "ApplicationAutoScaling: ScalableTarget ScalingPolicy",
    "autoscaling": "AutoScaling: AutoScalingGroup LaunchConfiguration LifecycleHook ScalingPolicy ScheduledAction",
    "certificatemanager": "CertificateManager: Certificate",
    "cloudformation": "CloudFormation: Stack WaitCondition WaitConditionHandle",
    "cloudwatch": "CloudWatch: Alarm CompositeAlarm Dashboard",
    "dynamodb": "DynamoDB: Table",
    "ec2": "EC2: EIP EIPAssociation Instance InternetGateway KeyPair LaunchTemplate NatGateway NetworkInterface Route"
    " RouteTable SecurityGroup SecurityGroupEgress SecurityGroupIngress Subnet SubnetRouteTableAssociation VPC"
    " VPCCidrBlock VPCEndpoint VPCGatewayAttachment",
    "ecr": "ECR: PullThroughCacheRule Repository",
    "ecs": "ECS: CapacityProvider Cluster ClusterCapacityProviderAssociations PrimaryTaskSet Service TaskDefinition"
    " TaskSet",
    "efs": "EFS: AccessPoint FileSystem MountTarget",
    "elasticloadbalancing": "ElasticLoadBalancing: LoadBalancer",
    "elasticloadbalancingv2": "ElasticLoadBalancingV2: Listener ListenerCertificate ListenerRule LoadBalancer"
    " TargetGroup",
    "events": "Events: EventBus Rule",
    "iam": "IAM: AccessKey Group GroupPolicy InstanceProfile ManagedPolicy Policy Role RolePolicy ServiceLinkedRole User"
    " UserPolicy UserToGroupAddition",
    "logs": "Logs: LogGroup LogStream MetricFilter SubscriptionFilter",
    "rds": "RDS: DBInstance DBSubnetGroup",
    "s3": "S3: Bucket",
    "secretsmanager": "SecretsManager: ResourcePolicy Secret SecretTargetAttachment",
    "servicediscovery": "ServiceDiscovery: HttpNamespace Instance PrivateDnsNamespace PublicDnsNamespace Service",
    "ssm": "SSM: Parameter",
}

# Of the type itself.
OF_TYPE = ["createOnlyProperties", "conditionalCreateOnlyProperties", "readOnlyProperties", "writeOnlyProperties",
           "primaryIdentifier"]
# Of every schema in it.
OF_SCHEMA = ["$ref", "type", "enum", "pattern", "minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems",
             "uniqueItems", "required", "additionalProperties"]
SCHEMAS = ["items"]
LISTS_OF_SCHEMAS = ["oneOf", "anyOf", "allOf"]
MAPS_OF_SCHEMAS = ["properties", "patternProperties"]


def schema(of):
    """What is read of one schema, in a fixed order."""
    if not isinstance(of, dict):
        return of
    out = {key: of[key] for key in OF_SCHEMA if key in of and of[key] not in ([], None)}
    if out.get("uniqueItems") is False:
        del out["uniqueItems"]
    if isinstance(out.get("additionalProperties"), dict):
        out["additionalProperties"] = schema(out["additionalProperties"])
    for key in SCHEMAS:
        if key in of:
            out[key] = schema(of[key])
    for key in LISTS_OF_SCHEMAS:
        # A branch of which nothing is read says nothing, and then neither does the choice.
        if branches := [schema(branch) for branch in of.get(key, [])]:
            if all(branches):
                out[key] = branches
    for key in MAPS_OF_SCHEMAS:
        if of.get(key):
            out[key] = {name: schema(inner) for name, inner in sorted(of[key].items())}
    return out


def references(of):
    """Names of the definitions that are referred to in there."""
    if isinstance(of, dict):
        if isinstance(of.get("$ref"), str):
            yield of["$ref"].rsplit("/", 1)[-1]
        for inner in of.values():
            yield from references(inner)
    elif isinstance(of, list):
        for inner in of:
            yield from references(inner)


def distilled(whole):
    """A type's line as a tree."""
    out = {"typeName": whole["typeName"]}
    out.update({key: sorted(whole[key]) for key in OF_TYPE if whole.get(key)})
    out.update(schema(whole))
    definitions = {name: schema(inner) for name, inner in sorted(whole.get("definitions", {}).items())}
    used, left = set(), set(references(out))
    while left:
        used |= left
        left = {name for at in left for name in references(definitions.get(at))} - used
    if kept := {name: inner for name, inner in definitions.items() if name in used}:
        out["definitions"] = kept
    return out


def main(folder):
    found = {}
    for path in sorted(pathlib.Path(folder).rglob("*.json")):
        text = path.read_text(encoding="utf-8")
        try:
            whole = json.loads(text)
        except json.JSONDecodeError:
            continue
        name = whole.get("typeName") if isinstance(whole, dict) else None
        if name and len(text) > len(found.get(name, ("", None))[0]):
            found[name] = (text, whole)
    here = pathlib.Path(__file__).resolve().parent
    for file, listed in TYPES.items():
        service, names = listed.split(":")
        types = sorted(f"AWS::{service}::{name}" for name in names.split())
        if missing := [name for name in types if name not in found]:
            sys.exit(f"not in {folder}: {', '.join(missing)}")
        lines = [json.dumps(distilled(found[name][1]), separators=(",", ":"), ensure_ascii=False) for name in types]
        (here / f"{file}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
