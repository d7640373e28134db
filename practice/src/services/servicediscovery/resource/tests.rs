//! Cloud Map's resource types, driven by hand.

use serde_json::{Value, json};

use crate::testing::driver::Driver;

fn vpc(driver: &mut Driver) -> Value {
    driver.lab.call("ec2", "DescribeVpcs", json!({}))["vpcSet"][0]["vpcId"].clone()
}

#[test]
fn a_namespace_its_service_and_instance() {
    let mut driver = Driver::new();
    let vpc = vpc(&mut driver);
    let properties = |text: &str| json!({"Name": "shop.local", "Vpc": vpc, "Description": text, "Tags": [{"Key": "k", "Value": text}]});
    let began = driver.lab.now;
    let mut space = driver.create("AWS::ServiceDiscovery::PrivateDnsNamespace", &properties("a"));
    assert!(driver.lab.now.since(began) >= 30_000, "a hosted zone takes its time");
    assert!(space.id.starts_with("ns-"));
    let arn = driver.attribute(&space, "Arn");
    assert_eq!(arn, format!("arn:aws:servicediscovery:us-east-1:123456789012:namespace/{}", space.id));
    assert!(driver.attribute(&space, "HostedZoneId").as_str().unwrap().starts_with('Z'));
    driver.update(&mut space, &properties("b"));
    let told = driver.lab.call("servicediscovery", "GetNamespace", json!({"Id": space.id}));
    assert_eq!(told["Namespace"]["Description"], "b");
    let tags = driver.lab.call("servicediscovery", "ListTagsForResource", json!({"ResourceARN": arn}));
    assert!(tags["Tags"].as_array().unwrap().contains(&json!({"Key": "k", "Value": "b"})));

    let service = |ttl: u32| {
        let dns = json!({"DnsRecords": [{"Type": "A", "TTL": ttl}], "RoutingPolicy": "MULTIVALUE"});
        json!({"Name": "web", "NamespaceId": space.id, "DnsConfig": dns, "HealthCheckCustomConfig": {"FailureThreshold": 1}})
    };
    let mut made = driver.create("AWS::ServiceDiscovery::Service", &service(60));
    driver.update(&mut made, &service(10));
    let told = driver.lab.call("servicediscovery", "GetService", json!({"Id": made.id}));
    assert_eq!(told["Service"]["DnsConfig"]["DnsRecords"][0]["TTL"], 10);
    assert!(driver.attribute(&made, "Arn").as_str().unwrap().ends_with(&made.id));
    let one =
        json!({"ServiceId": made.id, "InstanceAttributes": {"AWS_INSTANCE_IPV4": "10.0.0.1", "PORT": 80}});
    let instance = driver.create("AWS::ServiceDiscovery::Instance", &one);
    assert_eq!(driver.attribute(&instance, "InstanceId"), instance.id);
    let fault = driver.try_delete(&made).unwrap_err();
    assert_eq!(fault.code, "ResourceInUse");
    assert_eq!(driver.try_delete(&space).unwrap_err().code, "ResourceInUse");
    driver.delete(&instance);
    driver.lab.settle();
    driver.delete(&made);
    driver.delete(&space);
}

#[test]
fn an_http_namespace() {
    let mut driver = Driver::new();
    let made = driver.create("AWS::ServiceDiscovery::HttpNamespace", &json!({"Name": "shop"}));
    let again = driver.try_create("AWS::ServiceDiscovery::HttpNamespace", &json!({"Name": "shop"}));
    assert_eq!(again.unwrap_err().code, "NamespaceAlreadyExists");
    let service = json!({"NamespaceId": made.id, "ServiceAttributes": {"a": "1"}});
    let mut service = driver.create("AWS::ServiceDiscovery::Service", &service);
    driver.update(&mut service, &json!({"NamespaceId": made.id, "ServiceAttributes": {"b": "2"}}));
    let told = driver.lab.call("servicediscovery", "GetServiceAttributes", json!({"ServiceId": service.id}));
    assert_eq!(told["ServiceAttributes"]["Attributes"], json!({"b": "2"}));
    driver.delete(&service);
    driver.delete(&made);
    driver.be_user("nobody", r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:GetCallerIdentity","Resource":"*"}}"#);
    let fault =
        driver.try_create("AWS::ServiceDiscovery::HttpNamespace", &json!({"Name": "shop"})).unwrap_err();
    assert!(fault.message.contains("servicediscovery:CreateHttpNamespace"), "{fault}");
}
