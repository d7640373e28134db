//! Through the front door.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde_json::{Value, json};

use super::registry;
use crate::testing::Lab;
use crate::world::Caller;

const MAP: &str = "servicediscovery";

/// The default VPC and a ready private namespace `shop.local` in it.
fn shop(lab: &mut Lab) -> (String, String) {
    let vpcs = lab.call("ec2", "DescribeVpcs", json!({}));
    let vpc = vpcs["vpcSet"][0]["vpcId"].as_str().unwrap().to_owned();
    let begun = lab.call(MAP, "CreatePrivateDnsNamespace", json!({"Name": "shop.local", "Vpc": vpc}));
    let status = |lab: &mut Lab| {
        let answer = lab.call(MAP, "GetOperation", json!({"OperationId": begun["OperationId"]}));
        answer["Operation"]["Status"].as_str().unwrap().to_owned()
    };
    assert_eq!(status(lab), "SUBMITTED");
    lab.advance(2);
    assert_eq!(status(lab), "PENDING");
    assert_eq!(lab.call(MAP, "ListNamespaces", json!({}))["Namespaces"], json!([]));
    lab.settle();
    assert_eq!(status(lab), "SUCCESS");
    let answer = lab.call(MAP, "GetOperation", json!({"OperationId": begun["OperationId"]}));
    (vpc, answer["Operation"]["Targets"]["NAMESPACE"].as_str().unwrap().to_owned())
}

fn service(lab: &mut Lab, namespace: &str, name: &str) -> Value {
    let input = json!({
        "Name": name, "NamespaceId": namespace,
        "DnsConfig": {"RoutingPolicy": "MULTIVALUE", "DnsRecords": [{"Type": "A", "TTL": 10}]},
        "HealthCheckCustomConfig": {"FailureThreshold": 1},
    });
    lab.call(MAP, "CreateService", input)["Service"].clone()
}

fn resolve(lab: &mut Lab, vpc: &str, name: &str, entropy: u64) -> Vec<Ipv4Addr> {
    let (region, now) = (lab.region.clone(), lab.now);
    lab.world.look(&region, now, &Caller::service(), |view| registry::resolve(view, vpc, name, entropy))
}

#[test]
fn names_resolve_to_healthy_instances_in_their_vpc() {
    let mut lab = Lab::new();
    let (vpc, namespace) = shop(&mut lab);
    let carts = service(&mut lab, &namespace, "carts");
    assert_eq!(carts["Type"], "DNS_HTTP");
    let id = carts["Id"].as_str().unwrap();
    for (instance, ip) in [("a", "172.31.0.5"), ("b", "172.31.0.6")] {
        let attributes = json!({"AWS_INSTANCE_IPV4": ip});
        lab.call(
            MAP,
            "RegisterInstance",
            json!({"ServiceId": id, "InstanceId": instance, "Attributes": attributes}),
        );
    }
    assert!(resolve(&mut lab, &vpc, "carts.shop.local", 1).is_empty(), "not before the operation is done");
    lab.settle();
    let orders: std::collections::BTreeSet<Vec<Ipv4Addr>> =
        (0..20).map(|entropy| resolve(&mut lab, &vpc, "Carts.shop.local.", entropy)).collect();
    assert_eq!(orders.len(), 2, "shuffled: {orders:?}");
    assert!(resolve(&mut lab, "vpc-other", "carts.shop.local", 1).is_empty());
    assert!(resolve(&mut lab, &vpc, "carts.local", 1).is_empty());

    lab.call(
        MAP,
        "UpdateInstanceCustomHealthStatus",
        json!({"ServiceId": id, "InstanceId": "a", "Status": "UNHEALTHY"}),
    );
    assert_eq!(resolve(&mut lab, &vpc, "carts.shop.local", 1), [Ipv4Addr::new(172, 31, 0, 6)]);
    let found =
        lab.call(MAP, "DiscoverInstances", json!({"NamespaceName": "shop.local", "ServiceName": "carts"}));
    assert_eq!(found["Instances"].as_array().unwrap().len(), 1);
    assert_eq!(found["Instances"][0]["InstanceId"], "b");
    let status = lab.call(MAP, "GetInstancesHealthStatus", json!({"ServiceId": id}));
    assert_eq!(status["Status"], json!({"a": "UNHEALTHY", "b": "HEALTHY"}));

    // Without DNS support in the VPC, private zones are dead.
    lab.call("ec2", "ModifyVpcAttribute", json!({"VpcId": vpc, "EnableDnsHostnames": {"Value": "false"}}));
    assert!(resolve(&mut lab, &vpc, "carts.shop.local", 1).is_empty());
}

#[test]
fn ecs_registers_and_deregisters_at_once() {
    let mut lab = Lab::new();
    let (vpc, namespace) = shop(&mut lab);
    let arn = service(&mut lab, &namespace, "web")["Arn"].as_str().unwrap().to_owned();
    let (region, now) = (lab.region.clone(), lab.now);
    let attributes = BTreeMap::from([("AWS_INSTANCE_IPV4".to_owned(), "172.31.0.9".to_owned())]);
    lab.world.work(&region, now, &Caller::service(), |scope| {
        registry::register(scope, &arn, "task", attributes).unwrap();
        assert!(registry::register(scope, "srv-nowhere", "task", BTreeMap::new()).is_err());
    });
    assert_eq!(resolve(&mut lab, &vpc, "web.shop.local", 1), [Ipv4Addr::new(172, 31, 0, 9)]);
    assert_eq!(lab.refused(MAP, "DeleteService", json!({"Id": arn})), "ResourceInUse");
    lab.world
        .work(&region, now, &Caller::service(), |scope| registry::deregister(scope, &arn, "task").unwrap());
    assert!(resolve(&mut lab, &vpc, "web.shop.local", 1).is_empty());
    assert_eq!(lab.refused(MAP, "DeleteNamespace", json!({"Id": namespace})), "ResourceInUse");
    lab.call(MAP, "DeleteService", json!({"Id": arn}));
    lab.call(MAP, "DeleteNamespace", json!({"Id": namespace}));
    assert_eq!(lab.refused(MAP, "GetNamespace", json!({"Id": namespace})), "NamespaceNotFound");
}

#[test]
fn what_does_not_fit_is_refused() {
    let mut lab = Lab::new();
    let (vpc, namespace) = shop(&mut lab);
    let refused = |lab: &mut Lab, operation: &str, input: Value| lab.refused(MAP, operation, input);
    let again = json!({"Name": "shop.local", "Vpc": vpc});
    assert_eq!(refused(&mut lab, "CreatePrivateDnsNamespace", again), "NamespaceAlreadyExists");
    let nowhere = json!({"Name": "x.local", "Vpc": "vpc-0"});
    assert_eq!(refused(&mut lab, "CreatePrivateDnsNamespace", nowhere), "InvalidInput");
    assert_eq!(refused(&mut lab, "CreateHttpNamespace", json!({"Name": "a b"})), "InvalidInput");
    assert_eq!(
        refused(&mut lab, "CreateService", json!({"Name": "-a", "NamespaceId": namespace})),
        "InvalidInput"
    );
    assert_eq!(
        refused(&mut lab, "CreateService", json!({"Name": "a", "NamespaceId": "ns-x"})),
        "NamespaceNotFound"
    );
    let checked = json!({"Name": "a", "NamespaceId": namespace, "HealthCheckConfig": {"Type": "HTTP"}});
    assert_eq!(refused(&mut lab, "CreateService", checked), "InvalidInput");
    let id = service(&mut lab, &namespace, "web")["Id"].clone();
    let without = json!({"ServiceId": id, "InstanceId": "a", "Attributes": {}});
    assert_eq!(refused(&mut lab, "RegisterInstance", without), "InvalidInput");
    let wrong = json!({"ServiceId": id, "InstanceId": "a", "Attributes": {"AWS_INSTANCE_IPV4": "1.2.3"}});
    assert_eq!(refused(&mut lab, "RegisterInstance", wrong), "InvalidInput");
    assert_eq!(
        refused(&mut lab, "DeregisterInstance", json!({"ServiceId": id, "InstanceId": "a"})),
        "InstanceNotFound"
    );
    assert_eq!(
        refused(&mut lab, "CreateService", json!({"Name": "web", "NamespaceId": namespace})),
        "ServiceAlreadyExists"
    );
    let filter = json!({"Filters": [{"Name": "TYPE", "Values": ["HTTP"]}]});
    assert_eq!(lab.call(MAP, "ListNamespaces", filter)["Namespaces"], json!([]));
    let arn = service(&mut lab, &namespace, "tagged")["Arn"].clone();
    lab.call(MAP, "TagResource", json!({"ResourceARN": arn, "Tags": [{"Key": "k", "Value": "v"}]}));
    let tags = lab.call(MAP, "ListTagsForResource", json!({"ResourceARN": arn}));
    assert_eq!(tags["Tags"], json!([{"Key": "k", "Value": "v"}]));
}
