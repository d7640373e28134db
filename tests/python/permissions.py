#!/usr/bin/env python3
"""What IAM decides, told by boto3: least privilege, PassRole, a permissions boundary, an explicit deny, and a role whose
session policy limits it.

    permissions.py

Environment: AWS_ENDPOINT_URL, AWS_DEFAULT_REGION, and the keys of a user who may do everything. The endpoint must verify
signatures (`--auth verify`). What it makes it removes.
"""

import os

import boto3
from botocore.exceptions import ClientError
from cloud import allow, document, trust

SUFFIX = os.environ.get("LAB_SUFFIX", "")
USER = f"least-privilege{SUFFIX}"
ROLE = f"permissions-task-role{SUFFIX}"
LIMITS = f"permissions-limits{SUFFIX}"
CLUSTER = f"permissions{SUFFIX}"


def refused(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] in ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
        return error.response["Error"]["Message"]
    raise AssertionError(f"{call.__name__} was not refused")


def main():
    admin, iam = boto3.Session(), boto3.client("iam")
    account = admin.client("sts").get_caller_identity()["Account"]
    role = iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=trust("ecs-tasks.amazonaws.com"))["Role"]["Arn"]
    user = iam.create_user(UserName=USER)["User"]["Arn"]
    key = iam.create_access_key(UserName=USER)["AccessKey"]
    session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"])
    ecs, ec2 = session.client("ecs"), session.client("ec2")
    try:
        # Nothing is allowed by default, and each service says so in its own words.
        assert session.client("sts").get_caller_identity()["Arn"] == user
        resource = f"arn:aws:ecs:{session.region_name}:{account}:cluster/{CLUSTER}"
        assert refused(ecs.create_cluster, clusterName=CLUSTER) == (
            f"User: {user} is not authorized to perform: ecs:CreateCluster on resource: {resource} "
            "because no identity-based policy allows the ecs:CreateCluster action"
        )
        assert refused(ec2.describe_vpcs).startswith("You are not authorized to perform this operation.")

        # What is allowed goes through, and no more.
        iam.put_user_policy(
            UserName=USER,
            PolicyName="ecs",
            PolicyDocument=document(
                allow("ecs:*"),
                {"Effect": "Deny", "Action": "ecs:DeleteCluster", "Resource": "*"},
            ),
        )
        ecs.create_cluster(clusterName=CLUSTER)
        assert refused(ecs.delete_cluster, cluster=CLUSTER).endswith("with an explicit deny in an identity-based policy")

        # A role may be handed over only by leave.
        task = {"family": f"permissions{SUFFIX}", "taskRoleArn": role}
        task["containerDefinitions"] = [{"name": "web", "image": "nginx", "memory": 64}]
        assert f"iam:PassRole on resource: {role}" in refused(ecs.register_task_definition, **task)
        only_tasks = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
        iam.put_user_policy(
            UserName=USER,
            PolicyName="pass",
            PolicyDocument=document(allow("iam:PassRole", role, Condition=only_tasks)),
        )
        made = ecs.register_task_definition(**task)["taskDefinition"]["taskDefinitionArn"]
        ecs.deregister_task_definition(taskDefinition=made)

        # A boundary takes away and gives nothing.
        limits = iam.create_policy(PolicyName=LIMITS, PolicyDocument=document(allow("ecs:List*")))["Policy"]["Arn"]
        iam.put_user_permissions_boundary(UserName=USER, PermissionsBoundary=limits)
        assert ecs.list_clusters()["clusterArns"]
        assert refused(ecs.describe_clusters, clusters=[CLUSTER]).endswith(
            "because no permissions boundary allows the ecs:DescribeClusters action"
        )
        simulated = iam.simulate_principal_policy(
            PolicySourceArn=user, ActionNames=["ecs:ListClusters", "ecs:RunTask"]
        )["EvaluationResults"]
        assert [one["EvalDecision"] for one in simulated] == ["allowed", "implicitDeny"]
        iam.delete_user_permissions_boundary(UserName=USER)
        iam.delete_policy(PolicyArn=limits)
    finally:
        admin.client("ecs").delete_cluster(cluster=CLUSTER)
        for policy in iam.list_user_policies(UserName=USER)["PolicyNames"]:
            iam.delete_user_policy(UserName=USER, PolicyName=policy)
        iam.delete_access_key(UserName=USER, AccessKeyId=key["AccessKeyId"])
        iam.delete_user(UserName=USER)
        iam.delete_role(RoleName=ROLE)
    print("permissions: ok")


if __name__ == "__main__":
    main()
