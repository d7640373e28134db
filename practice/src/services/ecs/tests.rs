//! ECS through the front door.

use base64::Engine as _;
use serde_json::{Value, json};

use crate::testing::Lab;

mod agents;
mod capacity;
mod clusters;
mod connect;
mod definitions;
mod external;
mod fargate;
mod fargate_services;
mod guards;
mod registries;
mod rollouts;
mod runs;
mod shifts;
mod table;
mod task_sets;

const WEAVE_AMI: &str = "ami-f560d8e3";

/// What the instances of the tests may do.
const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ecs:CreateCluster",
"ecs:DeregisterContainerInstance","ecs:DiscoverPollEndpoint","ecs:Poll","ecs:RegisterContainerInstance","ecs:Submit*"],"Resource":"*"}]}"#;
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

impl Lab {
    fn ecs(&mut self, operation: &str, input: Value) -> Value {
        self.call("ecs", operation, input)
    }

    /// The code and message of a refusal, which must leave the world as it was.
    fn no(&mut self, operation: &str, input: Value) -> (String, String) {
        let mut copy = Lab {
            world: self.world.clone(),
            now: self.now,
            region: self.region.clone(),
            caller: self.caller.clone(),
        };
        self.refused("ecs", operation, input.clone());
        let fault = copy.try_call("ecs", operation, input).unwrap_err();
        (fault.code, fault.message)
    }

    /// A role and instance profile `weave`.
    fn profile(&mut self) {
        self.call("iam", "CreateRole", json!({"RoleName": "weave", "AssumeRolePolicyDocument": TRUST}));
        let policy = json!({"RoleName": "weave", "PolicyName": "p", "PolicyDocument": POLICY});
        self.call("iam", "PutRolePolicy", policy);
        self.call("iam", "CreateInstanceProfile", json!({"InstanceProfileName": "weave"}));
        let add = json!({"InstanceProfileName": "weave", "RoleName": "weave"});
        self.call("iam", "AddRoleToInstanceProfile", add);
    }

    /// Instances in the default VPC whose user data names a cluster. Their ids.
    fn instances(&mut self, count: u32, kind: &str, cluster: &str) -> Vec<String> {
        let script = format!("#!/bin/bash\necho ECS_CLUSTER={cluster} >> /etc/ecs/ecs.config\n");
        let data = base64::engine::general_purpose::STANDARD.encode(script);
        let run = json!({
            "ImageId": WEAVE_AMI, "InstanceType": kind, "MinCount": count.to_string(), "MaxCount": count.to_string(),
            "UserData": data, "IamInstanceProfile": {"Name": "weave"},
        });
        let answer = self.call("ec2", "RunInstances", run);
        let instances = answer["instancesSet"].as_array().unwrap().clone();
        instances.iter().map(|i| i["instanceId"].as_str().unwrap().to_owned()).collect()
    }

    /// A cluster `c` with that many instances that have joined.
    fn cluster(count: u32, kind: &str) -> Self {
        let mut lab = Self::new();
        lab.ecs("CreateCluster", json!({"clusterName": "c"}));
        lab.profile();
        lab.instances(count, kind, "c");
        lab.settle();
        assert_eq!(lab.figure("registeredContainerInstancesCount"), u64::from(count));
        lab
    }

    fn figure(&mut self, name: &str) -> u64 {
        let answer = self.ecs("DescribeClusters", json!({"clusters": ["c"]}));
        answer["clusters"][0][name].as_u64().unwrap()
    }

    fn hosts(&mut self) -> Vec<String> {
        let list = self.ecs("ListContainerInstances", json!({"cluster": "c"}));
        list["containerInstanceArns"].as_array().unwrap().iter().map(last).collect()
    }

    /// A family with one container.
    fn family(&mut self, family: &str, container: &Value) {
        let mut whole = json!({"name": "main", "image": "nginx", "memory": 100});
        whole.as_object_mut().unwrap().extend(container.as_object().unwrap().clone());
        self.ecs("RegisterTaskDefinition", json!({"family": family, "containerDefinitions": [whole]}));
    }

    /// The Weave demo's family.
    fn demo(&mut self) {
        let text = include_str!("../../../../labs/weave-by-hand/files/weave-ecs-demo-containers.json");
        let containers: Value = serde_json::from_str(text).unwrap();
        self.ecs("RegisterTaskDefinition", json!({"family": "demo", "containerDefinitions": containers}));
    }

    fn service(&mut self, definition: &str, count: u32, more: &Value) {
        let mut input =
            json!({"cluster": "c", "serviceName": "s", "taskDefinition": definition, "desiredCount": count});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.ecs("CreateService", input);
    }

    fn look(&mut self) -> Value {
        let answer = self.ecs("DescribeServices", json!({"cluster": "c", "services": ["s"]}));
        answer["services"][0].clone()
    }

    fn events(&mut self) -> Vec<String> {
        let service = self.look();
        let events = service["events"].as_array().unwrap();
        events.iter().map(|event| event["message"].as_str().unwrap().to_owned()).collect()
    }

    fn tasks(&mut self, status: &str) -> Vec<Value> {
        let list = self.ecs("ListTasks", json!({"cluster": "c", "desiredStatus": status}));
        let arns = list["taskArns"].as_array().unwrap().clone();
        if arns.is_empty() {
            return arns;
        }
        let answer = self.ecs("DescribeTasks", json!({"cluster": "c", "tasks": arns}));
        assert_eq!(answer["failures"], json!([]));
        answer["tasks"].as_array().unwrap().clone()
    }
}

fn last(arn: &Value) -> String {
    arn.as_str().unwrap().rsplit('/').next().unwrap().to_owned()
}
