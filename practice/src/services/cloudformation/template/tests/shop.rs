//! A template of the size and kind of the original Sock Shop's: 62 resources of 24 types, in JSON.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::{Fake, given, pseudo};
use crate::core::fault::Fault;
use crate::services::cloudformation::template::{
    Chosen, Dynamic, Graph, KNOWN_AFTER_APPLY, Lookup, Referred, Scope, Template, Values,
};

/// Name, image, memory, and what its service waits for.
const SERVICES: [(&str, &str, u32, &str); 15] = [
    ("FrontEnd", "weaveworksdemos/front-end", 256, ""),
    ("SessionDB", "redis:alpine", 256, ""),
    ("Catalogue", "weaveworksdemos/catalogue", 32, "SQLImporter"),
    ("Carts", "weaveworksdemos/carts", 1024, ""),
    ("CartsDB", "mongo", 128, ""),
    ("User", "weaveworksdemos/user", 32, ""),
    ("UserDB", "weaveworksdemos/user-db", 128, ""),
    ("Orders", "weaveworksdemos/orders-aws", 1024, ""),
    ("Payment", "weaveworksdemos/payment", 32, ""),
    ("Shipping", "weaveworksdemos/shipping", 1024, ""),
    ("QueueMaster", "weaveworksdemos/queue-master", 768, ""),
    ("RabbitMQ", "rabbitmq:3.6.8", 128, ""),
    ("Zipkin", "openzipkin/zipkin", 1024, "ZipkinDBService"),
    ("ZipkinCron", "openzipkin/zipkin-dependencies", 1024, "ZipkinDBService"),
    ("ZipkinDB", "openzipkin/zipkin-mysql", 1024, ""),
];

fn reference(name: &str) -> Value {
    json!({"Ref": name})
}

/// The machines, the network and the roles.
fn base() -> Value {
    json!({
        "EcsCluster": {"Type": "AWS::ECS::Cluster"},
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": {"Fn::FindInMap": ["VpcCidrs", "vpc", "cidr"]}}},
        "InternetGateway": {"Type": "AWS::EC2::InternetGateway"},
        "AttachGateway": {"Type": "AWS::EC2::VPCGatewayAttachment",
            "Properties": {"VpcId": reference("Vpc"), "InternetGatewayId": reference("InternetGateway")}},
        "Routes": {"Type": "AWS::EC2::RouteTable", "Properties": {"VpcId": reference("Vpc")}},
        "Route": {"Type": "AWS::EC2::Route", "DependsOn": ["AttachGateway"], "Properties": {
            "RouteTableId": reference("Routes"), "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": reference("InternetGateway")}},
        "EcsSecurityGroup": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"VpcId": reference("Vpc"), "GroupDescription": "ECS"}},
        "DBEC2SecurityGroup": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"VpcId": reference("Vpc"), "GroupDescription": "DB",
            "SecurityGroupIngress": [{"IpProtocol": "tcp", "FromPort": "3306", "ToPort": "3306", "SourceSecurityGroupId": reference("EcsSecurityGroup")}]}},
        "EcsInstancePolicy": {"Type": "AWS::IAM::Role", "Properties": {
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                "Principal": {"Service": "ec2.amazonaws.com"}, "Condition": {"StringEquals": {"a": "b"}}}]}}},
        "EcsInstanceProfile": {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": [reference("EcsInstancePolicy")]}},
        "EcsInstanceLc": {"Type": "AWS::AutoScaling::LaunchConfiguration",
            "Metadata": {"AWS::CloudFormation::Init": {"config": {"files": {"/etc/ecs/ecs.config": {"mode": "000644",
                "content": {"Fn::Join": ["", ["ECS_CLUSTER=", reference("EcsCluster"), "\n"]]}}}}}},
            "Properties": {"ImageId": {"Fn::FindInMap": ["WeaveworksEcsAmiIds", reference("AWS::Region"), "id"]},
                "InstanceType": reference("EcsInstanceType"), "KeyName": reference("KeyName"),
                "IamInstanceProfile": reference("EcsInstanceProfile"), "SecurityGroups": [reference("EcsSecurityGroup")],
                "UserData": {"Fn::Base64": {"Fn::Join": ["", ["#!/bin/bash\n", {"Fn::If": ["UseWeaveScopeStandalone",
                    reference("AWS::NoValue"), {"Fn::Join": ["", ["export TOKEN=", reference("WeaveCloudServiceToken"), "\n"]]}]},
                    "/opt/aws/bin/cfn-signal --stack ", reference("AWS::StackName"), " --resource EcsInstanceAsg --region ",
                    reference("AWS::Region"), "\n"]]}}}},
        "EcsInstanceAsg": {"Type": "AWS::AutoScaling::AutoScalingGroup", "Properties": {
            "VPCZoneIdentifier": [{"Fn::Join": [",", [reference("Subnet1"), reference("Subnet2")]]}],
            "LaunchConfigurationName": reference("EcsInstanceLc"), "MinSize": "1", "MaxSize": reference("Scale"),
            "LoadBalancerNames": [{"Fn::If": ["DoDeployExampleApp", reference("FrontendLoadBalancer"), reference("AWS::NoValue")]},
                {"Fn::If": ["DoDeployExampleApp", reference("ZipkinLoadBalancer"), reference("AWS::NoValue")]}],
            "TargetGroupARNs": [reference("ScopeTargetGroup")],
            "Tags": [{"Key": "Name", "Value": {"Fn::Join": ["", ["ECS Instance - ", reference("AWS::StackName")]]}, "PropagateAtLaunch": "true"}]}},
        "ScopeLoadBalancer": {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer", "Properties": {"Subnets": [reference("Subnet1"), reference("Subnet2")]}},
        "ScopeTargetGroup": {"Type": "AWS::ElasticLoadBalancingV2::TargetGroup", "DependsOn": "ScopeLoadBalancer",
            "Properties": {"VpcId": reference("Vpc"), "Port": 4040}},
        "ScopeListener": {"Type": "AWS::ElasticLoadBalancingV2::Listener", "Properties": {"LoadBalancerArn": reference("ScopeLoadBalancer"),
            "DefaultActions": [{"Type": "forward", "TargetGroupArn": reference("ScopeTargetGroup")}]}},
        "FrontendLoadBalancer": {"Type": "AWS::ElasticLoadBalancing::LoadBalancer", "Condition": "DoDeployExampleApp", "DependsOn": "AttachGateway"},
        "ZipkinLoadBalancer": {"Type": "AWS::ElasticLoadBalancing::LoadBalancer", "Condition": "DoDeployExampleApp", "DependsOn": "AttachGateway"},
        "OrdersDynamoDB": {"Type": "AWS::DynamoDB::Table", "Condition": "DoDeployExampleApp", "Properties": {"TableName": "orders"}},
        "DBSubnetGroup": {"Type": "AWS::RDS::DBSubnetGroup", "Condition": "DoDeployExampleApp", "Properties": {"SubnetIds": [reference("Subnet1"), reference("Subnet2")]}},
        "CatalogueRDS": {"Type": "AWS::RDS::DBInstance", "Condition": "DoDeployExampleApp", "DeletionPolicy": "Delete", "Properties": {
            "DBSubnetGroupName": reference("DBSubnetGroup"), "MasterUserPassword": "{{resolve:secretsmanager:shop:SecretString:password}}",
            "VPCSecurityGroups": [{"Fn::GetAtt": ["DBEC2SecurityGroup", "GroupId"]}]}},
        "SQLImporter": {"Type": "AWS::EC2::Instance", "Condition": "DoDeployExampleApp", "DependsOn": ["Route", "RouteOfSubnet1"], "Properties": {
            "SubnetId": reference("Subnet1"), "UserData": {"Fn::Base64": {"Fn::Sub": "mysql -h ${CatalogueRDS.Endpoint.Address} # ${!HOME}"}}}},
    })
}

fn body() -> String {
    let mut resources = base().as_object().cloned().unwrap_or_default();
    for at in 1..=2 {
        resources.insert(
            format!("Subnet{at}"),
            json!({"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": reference("Vpc"),
                "CidrBlock": {"Fn::FindInMap": ["VpcCidrs", format!("pubsubnet{at}"), "cidr"]},
                "AvailabilityZone": {"Fn::Select": [(at - 1).to_string(), {"Fn::GetAZs": ""}]}}}),
        );
        let subnet = reference(&format!("Subnet{at}"));
        let properties = json!({"RouteTableId": reference("Routes"), "SubnetId": subnet});
        resources.insert(
            format!("RouteOfSubnet{at}"),
            json!({"Type": "AWS::EC2::SubnetRouteTableAssociation", "Properties": properties}),
        );
    }
    for (name, port) in [
        ("App", 80),
        ("Ssh", 22),
        ("Zipkin", 9411),
        ("Scope", 4040),
        ("Own", 4040),
        ("Tcp", 6783),
        ("Udp", 6783),
    ] {
        resources.insert(
            format!("Ingress{name}"),
            json!({"Type": "AWS::EC2::SecurityGroupIngress", "Properties": {"GroupId": reference("EcsSecurityGroup"),
                "IpProtocol": if name == "Udp" { "udp" } else { "tcp" }, "FromPort": port, "ToPort": port, "CidrIp": "0.0.0.0/0"}}),
        );
    }
    for (name, image, memory, after) in SERVICES {
        resources.insert(
            format!("{name}Task"),
            json!({"Type": "AWS::ECS::TaskDefinition", "Condition": "DoDeployExampleApp", "Properties": {"ContainerDefinitions": [{
                "Name": name.to_lowercase(), "Image": image, "Memory": memory.to_string(), "Essential": "true",
                "Command": if name == "Catalogue" {
                    json!([{"Fn::Join": ["", ["-DSN=catalogue_user:x@tcp(", {"Fn::GetAtt": ["CatalogueRDS", "Endpoint.Address"]}, ":3306)/socksdb"]]}])
                } else { reference("AWS::NoValue") },
                "LogConfiguration": {"LogDriver": "awslogs", "Options": {"awslogs-group": reference("AWS::StackName"),
                    "awslogs-region": reference("AWS::Region")}}}]}}),
        );
        let mut service = json!({"Type": "AWS::ECS::Service", "Condition": "DoDeployExampleApp", "Properties": {
            "Cluster": reference("EcsCluster"), "TaskDefinition": reference(&format!("{name}Task")), "DesiredCount": 1}});
        if !after.is_empty() {
            service["DependsOn"] = json!([after]);
        }
        resources.insert(format!("{name}Service"), service);
    }
    let address = |load_balancer: &str| json!({"Fn::Join": ["", ["http://", {"Fn::GetAtt": [load_balancer, "DNSName"]}, ":80"]]});
    json!({
        "AWSTemplateFormatVersion": "2010-09-09", "Description": "Sock Shop on ECS",
        "Parameters": {
            "EcsInstanceType": {"Type": "String", "Default": "t2.xlarge", "AllowedValues": ["t2.micro", "t2.xlarge"],
                "ConstraintDescription": "must be a valid, HVM-compatible EC2 instance type."},
            "Scale": {"Type": "Number", "Default": 4, "Description": "Number of ECS instances to create", "MinValue": 3},
            "KeyName": {"Type": "AWS::EC2::KeyPair::KeyName", "ConstraintDescription": "must be the name of an existing EC2 KeyPair."},
            "DeployExampleApp": {"Type": "String", "Default": "Yes", "AllowedValues": ["Yes", "No"]},
            "WeaveCloudServiceToken": {"Type": "String", "Default": "", "NoEcho": true}},
        "Mappings": {
            "VpcCidrs": {"vpc": {"cidr": "172.31.0.0/16"}, "pubsubnet1": {"cidr": "172.31.0.0/24"}, "pubsubnet2": {"cidr": "172.31.1.0/24"}},
            "WeaveworksEcsAmiIds": {"eu-west-1": {"id": "ami-e1"}, "us-east-1": {"id": "ami-u1"}}},
        "Conditions": {
            "DoDeployExampleApp": {"Fn::Equals": [reference("DeployExampleApp"), "Yes"]},
            "UseWeaveScopeStandalone": {"Fn::Equals": [reference("WeaveCloudServiceToken"), ""]}},
        "Resources": resources,
        "Outputs": {
            "AppFrontend": {"Condition": "DoDeployExampleApp", "Value": address("FrontendLoadBalancer"),
                "Export": {"Name": {"Fn::Sub": "${AWS::StackName}-AppFrontend"}}},
            "WeaveScope": {"Condition": "UseWeaveScopeStandalone", "Value": address("ScopeLoadBalancer")}},
    })
    .to_string()
}

struct Shop {
    template: Template,
    values: Values,
    conditions: BTreeMap<String, bool>,
    graph: Graph,
}

fn shop(chosen: &[(&str, &str)]) -> Shop {
    let template = Template::parse(&body()).unwrap();
    let mut all = given(&[("KeyName", "key")]);
    all.extend(given(chosen));
    let values = template.resolve_parameters(&all, &Values::default(), &Fake).unwrap();
    template.check_existing(&values, &Fake).unwrap();
    let conditions = template.decide_conditions(&values, &pseudo()).unwrap();
    let graph = template.graph(&conditions).unwrap();
    Shop { template, values, conditions, graph }
}

impl Shop {
    fn scope<'s>(&'s self, pseudo: &'s super::Pseudo) -> Scope<'s> {
        Scope { template: &self.template, values: &self.values, conditions: &self.conditions, pseudo }
    }

    fn properties(&self, id: &str) -> Value {
        self.scope(&pseudo()).properties(id, &Fake).unwrap()
    }
}

#[test]
fn the_whole_shop() {
    let shop = shop(&[]);
    assert_eq!((shop.template.resources.len(), shop.template.resource_types().len()), (62, 24));
    assert_eq!(shop.graph.waits_for.len(), 62);
    assert_eq!(shop.template.needed().capabilities, ["CAPABILITY_IAM"]);
    let waits = |id: &str| shop.graph.waits_for[id].iter().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(waits("CatalogueService"), ["CatalogueTask", "EcsCluster", "SQLImporter"]);
    assert_eq!(waits("ZipkinService"), ["EcsCluster", "ZipkinDBService", "ZipkinTask"]);
    assert_eq!(waits("SQLImporter"), ["CatalogueRDS", "Route", "RouteOfSubnet1", "Subnet1"]);
    // What cfn-init writes is in the metadata, and counts.
    assert_eq!(waits("EcsInstanceLc"), ["EcsCluster", "EcsInstanceProfile", "EcsSecurityGroup"]);
    // The race of the original: its services do not wait for the machines.
    assert!(!waits("FrontEndService").contains(&"EcsInstanceAsg"));
    let order = shop.graph.order();
    let at = |id: &str| order.iter().position(|other| *other == id).unwrap();
    assert!(at("CatalogueRDS") < at("SQLImporter") && at("SQLImporter") < at("CatalogueService"));
    assert_eq!(shop.graph.needed_by("ScopeTargetGroup"), ["EcsInstanceAsg", "ScopeListener"]);
}

#[test]
fn its_values() {
    let shop = shop(&[]);
    assert_eq!(
        shop.properties("Subnet2"),
        json!({"VpcId": "Vpc-id", "CidrBlock": "172.31.1.0/24", "AvailabilityZone": "eu-west-1b"})
    );
    let launch = shop.properties("EcsInstanceLc");
    assert_eq!(
        (&launch["ImageId"], &launch["InstanceType"], &launch["KeyName"]),
        (&json!("ami-e1"), &json!("t2.xlarge"), &json!("key"))
    );
    let text =
        |encoded: &Value| String::from_utf8(STANDARD.decode(encoded.as_str().unwrap()).unwrap()).unwrap();
    assert_eq!(
        text(&launch["UserData"]),
        "#!/bin/bash\n/opt/aws/bin/cfn-signal --stack demo --resource EcsInstanceAsg --region eu-west-1\n"
    );
    assert_eq!(
        text(&shop.properties("SQLImporter")["UserData"]),
        "mysql -h CatalogueRDS/Endpoint.Address # ${HOME}"
    );
    assert_eq!(
        shop.properties("EcsInstanceAsg")["LoadBalancerNames"],
        json!(["FrontendLoadBalancer-id", "ZipkinLoadBalancer-id"])
    );
    assert_eq!(
        shop.properties("CatalogueRDS")["MasterUserPassword"],
        json!("secret shop Some(\"password\")")
    );
    let container = &shop.properties("CatalogueTask")["ContainerDefinitions"][0];
    assert_eq!(
        container["Command"],
        json!(["-DSN=catalogue_user:x@tcp(CatalogueRDS/Endpoint.Address:3306)/socksdb"])
    );
    assert!(shop.properties("UserTask")["ContainerDefinitions"][0].get("Command").is_none());
    let init =
        shop.scope(&pseudo()).evaluate(&shop.template.resources["EcsInstanceLc"].metadata, &Fake).unwrap();
    let files = &init["AWS::CloudFormation::Init"]["config"]["files"];
    assert_eq!(
        files["/etc/ecs/ecs.config"],
        json!({"mode": "000644", "content": "ECS_CLUSTER=EcsCluster-id\n"})
    );
    // A policy document's Condition is not a function.
    let trust = &shop.properties("EcsInstancePolicy")["AssumeRolePolicyDocument"]["Statement"][0];
    assert_eq!(trust["Condition"], json!({"StringEquals": {"a": "b"}}));
    let outputs = shop.scope(&pseudo()).outputs(&Fake).unwrap();
    assert_eq!(outputs[0].value, "http://FrontendLoadBalancer/DNSName:80");
    assert_eq!(outputs[0].export.as_deref(), Some("demo-AppFrontend"));
    assert_eq!(outputs.len(), 2);
}

#[test]
fn without_the_app_and_with_a_token() {
    let shop = shop(&[("DeployExampleApp", "No"), ("WeaveCloudServiceToken", "t0ken")]);
    assert_eq!(shop.graph.waits_for.len(), 26);
    assert!(shop.graph.waits_for.keys().all(|id| !id.ends_with("Service") && !id.ends_with("Task")));
    assert_eq!(shop.properties("EcsInstanceAsg")["LoadBalancerNames"], json!([]));
    assert!(shop.scope(&pseudo()).outputs(&Fake).unwrap().is_empty());
    let Chosen { value, .. } = &shop.values.0["WeaveCloudServiceToken"];
    assert_eq!((value.as_str(), shop.values.0["WeaveCloudServiceToken"].shown()), ("t0ken", "****"));
}

#[test]
fn what_students_do_wrong() {
    let template = Template::parse(&body()).unwrap();
    let why = |chosen: &[(&str, &str)]| {
        template.resolve_parameters(&given(chosen), &Values::default(), &Fake).unwrap_err().message
    };
    assert_eq!(why(&[]), "Parameters: [KeyName] must have values");
    assert_eq!(
        why(&[("KeyName", "key"), ("EcsInstanceType", "t9.huge")]),
        "Parameter EcsInstanceType failed to satisfy constraint: must be a valid, HVM-compatible EC2 instance type."
    );
    assert_eq!(
        why(&[("KeyName", "key"), ("Scale", "2")]),
        "Parameter 'Scale' must be a number not less than 3"
    );
    let nowhere = pseudo();
    let nowhere = super::Pseudo { region: "sa-east-1".to_owned(), ..nowhere };
    let shop = shop(&[]);
    assert_eq!(
        shop.scope(&nowhere).properties("EcsInstanceLc", &Fake).unwrap_err().message,
        "Template error: Unable to get mapping for WeaveworksEcsAmiIds::sa-east-1::id"
    );
    let misspelt = body().replace("\"Ref\":\"EcsCluster\"", "\"Ref\":\"EcsClustre\"");
    assert_eq!(
        Template::parse(&misspelt).unwrap_err().message,
        "Template format error: Unresolved resource dependencies [EcsClustre] in the Resources block of the template"
    );
}

/// As in a change set that replaces the database.
struct Planned;

impl Lookup for Planned {
    fn reference(&self, logical_id: &str) -> Result<Value, Fault> {
        Fake.reference(logical_id)
    }

    fn attribute(&self, logical_id: &str, attribute: &str) -> Result<Value, Fault> {
        if logical_id == "CatalogueRDS" {
            Ok(json!(KNOWN_AFTER_APPLY))
        } else {
            Fake.attribute(logical_id, attribute)
        }
    }

    fn import(&self, export: &str) -> Result<Value, Fault> {
        Fake.import(export)
    }

    fn zones(&self, region: &str) -> Result<Vec<String>, Fault> {
        Fake.zones(region)
    }

    fn dynamic(&self, reference: &Dynamic) -> Result<String, Fault> {
        Fake.dynamic(reference)
    }
}

#[test]
fn a_change_set_that_replaces_the_database() {
    let shop = shop(&[]);
    let task = shop.scope(&pseudo()).properties("CatalogueTask", &Planned).unwrap();
    let container = &task["ContainerDefinitions"][0];
    assert_eq!((&container["Command"], &container["Memory"]), (&json!([KNOWN_AFTER_APPLY]), &json!("32")));
    let raw = &shop.template.resources["CatalogueTask"].properties;
    assert_eq!(shop.template.references(raw), [Referred::Attribute("CatalogueRDS", "Endpoint.Address")]);
    let touched: Map<String, Value> = shop
        .template
        .resources
        .iter()
        .filter(|(_, resource)| {
            shop.template.references(&resource.properties).iter().any(|referred| match referred {
                Referred::Name(name) | Referred::Attribute(name, _) => *name == "CatalogueRDS",
            })
        })
        .map(|(id, _)| (id.clone(), Value::Null))
        .collect();
    assert_eq!(touched.keys().collect::<Vec<_>>(), ["CatalogueTask", "SQLImporter"]);
}
