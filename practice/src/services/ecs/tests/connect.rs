//! Service Connect: who knows a name, and what answers.

use super::*;
use crate::network::site::{SiteAnswer, SiteRequest};
use crate::{Command, Outcome, apply};

const FRONT: &str = r#"sleep 5; while true; do MESSAGE=$(nc -w 3 "$PRODUCER" 4540); PAGE="<h2>$MESSAGE</h2>"; printf 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s' "${#PAGE}" "$PAGE" | nc -l -p 80; done"#;
const PRODUCER: &str =
    r#"while true; do ADDRESS=$(hostname -i | cut -d ' ' -f 1); echo "from $ADDRESS" | nc -l -p 4540; done"#;

impl Lab {
    /// The page of the front end, opened twice: what was asked before it is shown first.
    fn front(&mut self) -> String {
        let seen = self.call("ec2", "DescribeInstances", json!({}));
        let host = seen["reservationSet"][0]["instancesSet"][0]["dnsName"].as_str().unwrap().to_owned();
        let mut body = String::new();
        for entropy in 1..3 {
            let request = SiteRequest {
                host: host.clone(),
                port: 80,
                method: "GET".to_owned(),
                path: "/".to_owned(),
                entropy,
                headers: Vec::new(),
                body: String::new(),
            };
            match apply(&mut self.world, &Command::Visit(request), self.now) {
                Outcome::Visited(SiteAnswer::Page { body: page, .. }) => {
                    body = String::from_utf8(page).unwrap();
                }
                other => panic!("no page: {other:?}"),
            }
        }
        body
    }

    fn map_services(&mut self) -> Vec<String> {
        let list = self.call("servicediscovery", "ListServices", json!({}));
        list["Services"].as_array().unwrap().iter().map(|s| s["Name"].as_str().unwrap().to_owned()).collect()
    }
}

#[test]
fn an_alias_is_known_to_tasks_that_came_after_it_and_are_connected() {
    for own in [true, false] {
        let mut lab = Lab::new();
        lab.ecs("CreateCluster", json!({"clusterName": "c"}));
        lab.profile();
        let image = crate::services::ec2::images::ecs_optimized("us-east-1", "x86_64").unwrap().id;
        let data = base64::engine::general_purpose::STANDARD
            .encode("#!/bin/bash\necho ECS_CLUSTER=c >> /etc/ecs/ecs.config\n");
        let run = json!({"ImageId": image, "InstanceType": "t3.small", "MinCount": "1", "MaxCount": "1", "UserData": data,
            "IamInstanceProfile": {"Name": "weave"}});
        lab.call("ec2", "RunInstances", run);
        lab.settle();
        let groups = lab.call("ec2", "DescribeSecurityGroups", json!({}));
        let group = groups["securityGroupInfo"][0]["groupId"].clone();
        let open = json!({"GroupId": group, "IpProtocol": "tcp", "FromPort": "80", "ToPort": "80", "CidrIp": "0.0.0.0/0"});
        lab.call("ec2", "AuthorizeSecurityGroupIngress", open);
        lab.call("servicediscovery", "CreateHttpNamespace", json!({"Name": "shop"}));
        lab.settle();
        let container = |name: &str, command: &str, port: Value| {
            json!([{"name": name, "image": "busybox", "memory": 64,
            "entryPoint": ["sh", "-c"], "command": [command], "portMappings": [port],
            "environment": [{"name": "PRODUCER", "value": "dataproducer"}]}])
        };
        let producer = container("p", PRODUCER, json!({"containerPort": 4540, "name": "data"}));
        let mode = if own { "awsvpc" } else { "bridge" };
        lab.ecs(
            "RegisterTaskDefinition",
            json!({"family": "producer", "networkMode": mode, "containerDefinitions": producer}),
        );
        let front = container("f", FRONT, json!({"containerPort": 80, "hostPort": 80}));
        lab.ecs("RegisterTaskDefinition", json!({"family": "front", "containerDefinitions": front}));
        let client = json!({"enabled": true, "namespace": "shop"});
        let bounds = json!({"minimumHealthyPercent": 0, "maximumPercent": 100});
        lab.ecs(
            "CreateService",
            json!({"cluster": "c", "serviceName": "front", "taskDefinition": "front", "desiredCount": 1,
            "serviceConnectConfiguration": client, "deploymentConfiguration": bounds}),
        );
        lab.settle();
        let mut server = client.clone();
        server["services"] = json!([{"portName": "data", "discoveryName": "producer",
            "clientAliases": [{"port": 4540, "dnsName": "dataproducer"}]}]);
        let mut order = json!({"serviceConnectConfiguration": server});
        if own {
            let subnets =
                lab.call("ec2", "DescribeSubnets", json!({}))["subnetSet"].as_array().unwrap().clone();
            let ids: Vec<Value> = subnets.iter().map(|subnet| subnet["subnetId"].clone()).collect();
            order["networkConfiguration"] = json!({"awsvpcConfiguration": {"subnets": ids}});
        }
        lab.service("producer", 1, &order);
        lab.settle();
        assert_eq!(lab.look()["runningCount"], 1, "{:?}", lab.events());
        assert_eq!(lab.map_services(), ["producer"]);
        let deployment = lab.look()["deployments"][0].clone();
        assert_eq!(deployment["serviceConnectConfiguration"], server);
        assert_eq!(deployment["serviceConnectResources"][0]["discoveryName"], "producer");
        let found = json!({"NamespaceName": "shop", "ServiceName": "producer"});
        assert_eq!(
            lab.call("servicediscovery", "DiscoverInstances", found)["Instances"].as_array().unwrap().len(),
            1
        );
        let again = json!({"cluster": "c", "service": "front", "forceNewDeployment": true});
        let of = |settings: &Value| {
            let mut input = again.clone();
            input["serviceConnectConfiguration"] = settings.clone();
            input
        };
        assert!(lab.front().contains("<h2></h2>"), "its proxy is older than the alias");
        lab.ecs("UpdateService", again.clone());
        lab.settle();
        assert!(lab.front().contains("<h2>from "), "{}", lab.front());
        lab.ecs("UpdateService", of(&json!({"enabled": false})));
        lab.settle();
        assert!(lab.front().contains("<h2></h2>"), "without a proxy nobody knows the name");
        let list = lab.ecs("ListServicesByNamespace", json!({"namespace": "shop"}));
        assert_eq!(list["serviceArns"].as_array().unwrap().len(), 1);
        lab.ecs("DeleteService", json!({"cluster": "c", "service": "s", "force": true}));
        lab.settle();
        assert_eq!(lab.map_services(), Vec::<String>::new());
    }
}

#[test]
fn a_configuration_is_checked() {
    let mut lab = Lab::cluster(1, "t2.micro");
    lab.family("f", &json!({"portMappings": [{"containerPort": 80, "name": "web"}]}));
    lab.call("servicediscovery", "CreateHttpNamespace", json!({"Name": "shop"}));
    lab.settle();
    let service = |connect: Value| json!({"cluster": "c", "serviceName": "s", "taskDefinition": "f", "serviceConnectConfiguration": connect});
    for (connect, code, says) in [
        (json!({"enabled": true}), "InvalidParameterException", "A namespace is required"),
        (json!({"enabled": true, "namespace": "x"}), "NamespaceNotFoundException", "wasn't found"),
        (
            json!({"enabled": true, "namespace": "shop", "services": [{"portName": "x"}]}),
            "InvalidParameterException",
            "The portName 'x'",
        ),
        (
            json!({"enabled": true, "namespace": "shop", "services": [{"portName": "web", "clientAliases": [{"port": 0}]}]}),
            "InvalidParameterException",
            "between 1 and 65535",
        ),
    ] {
        let (found, message) = lab.no("CreateService", service(connect));
        assert_eq!(found, code);
        assert!(message.contains(says), "{message}");
    }
    lab.ecs("CreateService", service(json!({"enabled": false})));
}

#[test]
fn services_take_the_default_namespace_of_their_cluster() {
    let mut lab = Lab::cluster(1, "t2.micro");
    lab.family("f", &json!({"portMappings": [{"containerPort": 80, "name": "web"}]}));
    let defaults = |name: &str| json!({"cluster": "c", "serviceConnectDefaults": {"namespace": name}});
    let cluster = lab.ecs("UpdateCluster", defaults("shop"))["cluster"].clone();
    assert_eq!(cluster["status"], "PROVISIONING", "{cluster}");
    let arn = cluster["serviceConnectDefaults"]["namespace"].as_str().unwrap().to_owned();
    lab.settle();
    let namespaces = lab.call("servicediscovery", "ListNamespaces", json!({}));
    assert_eq!(
        (&namespaces["Namespaces"][0]["Name"], &namespaces["Namespaces"][0]["Type"]),
        (&json!("shop"), &json!("HTTP"))
    );
    assert_eq!(namespaces["Namespaces"][0]["Arn"], arn.as_str());
    let seen = lab.ecs("DescribeClusters", json!({"clusters": ["c"]}))["clusters"][0].clone();
    assert_eq!(seen["status"], "ACTIVE");
    let service = |name: &str, connect: Value| json!({"cluster": "c", "serviceName": name, "taskDefinition": "f", "desiredCount": 0, "serviceConnectConfiguration": connect});
    let made = lab.ecs("CreateService", service("on", json!({"enabled": true})));
    assert_eq!(made["service"]["deployments"][0]["serviceConnectConfiguration"]["namespace"], arn.as_str());
    let list = lab.ecs("ListServicesByNamespace", json!({"namespace": "shop"}));
    assert_eq!(list["serviceArns"].as_array().unwrap().len(), 1);

    // One that is there is taken, by name or ARN; another cluster may have the same.
    for (name, text) in [("by-name", "shop"), ("by-arn", arn.as_str())] {
        let made = lab.ecs(
            "CreateCluster",
            json!({"clusterName": name, "serviceConnectDefaults": {"namespace": text}}),
        );
        assert_eq!(made["cluster"]["serviceConnectDefaults"]["namespace"], arn.as_str());
    }
    let missing = arn.replace("/ns-", "/ns-x");
    assert_eq!(lab.no("UpdateCluster", defaults(&missing)).0, "NamespaceNotFoundException");

    // An empty name takes it away; the namespace stays.
    let cluster = lab.ecs("UpdateCluster", defaults(""))["cluster"].clone();
    assert!(cluster.get("serviceConnectDefaults").is_none(), "{cluster}");
    let (code, message) = lab.no("CreateService", service("off", json!({"enabled": true})));
    assert!(code == "InvalidParameterException" && message.contains("namespace is required"), "{message}");
    let namespaces = lab.call("servicediscovery", "ListNamespaces", json!({}));
    assert_eq!(namespaces["Namespaces"].as_array().unwrap().len(), 1);
}
