use serde_json::{Value, json};

use crate::resource::Actual;
use crate::testing::driver::{Driver, Made};

const IMAGE: &str = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id";

fn vpc(driver: &mut Driver) -> Made {
    driver.create("AWS::EC2::VPC", &json!({"CidrBlock": "10.0.0.0/16", "EnableDnsHostnames": true}))
}

fn subnet(driver: &mut Driver, vpc: &Made) -> Made {
    let properties = json!({
        "VpcId": vpc.id, "CidrBlock": "10.0.1.0/24", "AvailabilityZone": "us-east-1b", "MapPublicIpOnLaunch": "true"
    });
    driver.create("AWS::EC2::Subnet", &properties)
}

/// A gateway and its attachment.
fn way_out(driver: &mut Driver, vpc: &Made) -> [Made; 2] {
    let gateway =
        driver.create("AWS::EC2::InternetGateway", &json!({"Tags": [{"Key": "Name", "Value": "gw"}]}));
    let joined = json!({"VpcId": vpc.id, "InternetGatewayId": gateway.id});
    let attachment = driver.create("AWS::EC2::VPCGatewayAttachment", &joined);
    [gateway, attachment]
}

fn tags(driver: &mut Driver, id: &str) -> Vec<(String, String)> {
    let filter = json!([{"Name": "resource-id", "Value": [id]}]);
    let shown = driver.lab.call("ec2", "DescribeTags", json!({"Filter": filter}));
    let text = |tag: &Value, name: &str| tag[name].as_str().unwrap().to_owned();
    shown["tagSet"].as_array().unwrap().iter().map(|tag| (text(tag, "key"), text(tag, "value"))).collect()
}

#[test]
fn a_network_comes_and_goes() {
    let mut driver = Driver::new();
    let mut vpc = vpc(&mut driver);
    assert_eq!(driver.reference(&vpc), vpc.id);
    assert_eq!(driver.attribute(&vpc, "CidrBlock"), "10.0.0.0/16");
    assert!(driver.attribute(&vpc, "DefaultSecurityGroup").as_str().unwrap().starts_with("sg-"));
    let marked = tags(&mut driver, &vpc.id);
    assert!(marked.contains(&("aws:cloudformation:stack-name".to_owned(), "demo".to_owned())), "{marked:?}");
    let subnet = subnet(&mut driver, &vpc);
    assert_eq!(driver.attribute(&subnet, "AvailabilityZone"), "us-east-1b");
    let [gateway, attachment] = way_out(&mut driver, &vpc);
    assert_eq!(attachment.id, format!("IGW|{}", vpc.id));
    let table = driver.create("AWS::EC2::RouteTable", &json!({"VpcId": vpc.id}));
    let out = json!({"RouteTableId": table.id, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": gateway.id});
    let route = driver.create("AWS::EC2::Route", &out);
    assert_eq!(driver.reference(&route), format!("{}|0.0.0.0/0", table.id));
    let joined = json!({"RouteTableId": table.id, "SubnetId": subnet.id});
    let association = driver.create("AWS::EC2::SubnetRouteTableAssociation", &joined);
    assert!(association.id.starts_with("rtbassoc-"));

    let properties = json!({
        "CidrBlock": "10.0.0.0/16", "EnableDnsSupport": false, "EnableDnsHostnames": false,
        "Tags": [{"Key": "Name", "Value": "net"}]
    });
    driver.update(&mut vpc, &properties);
    let mut is = properties.clone();
    is["InstanceTenancy"] = json!("default");
    assert_eq!(driver.actual(&vpc), Actual::Is(is));
    driver.update(&mut vpc, &json!({"CidrBlock": "10.0.0.0/16"}));
    assert!(!tags(&mut driver, &vpc.id).iter().any(|(key, _)| key == "Name"));

    let refused = driver.try_delete(&vpc).unwrap_err();
    assert_eq!(refused.code, "DependencyViolation");
    for made in [association, route, table, attachment, gateway, subnet, vpc.clone()] {
        driver.delete(&made);
    }
    assert_eq!(driver.actual(&vpc), Actual::Gone);
}

#[test]
fn what_a_vpc_cannot_have_here_is_refused_and_leaves_nothing() {
    let mut driver = Driver::new();
    let before = driver.look(|view| view.region.ec2.vpcs.len());
    let properties =
        json!({"CidrBlock": "10.0.0.0/16", "EnableDnsSupport": false, "EnableDnsHostnames": true});
    let refused = driver.try_create("AWS::EC2::VPC", &properties).unwrap_err();
    assert_eq!(refused.code, "InvalidParameterValue");
    let pool = json!({"Ipv4IpamPoolId": "ipam-pool-1", "Ipv4NetmaskLength": 24});
    let refused = driver.try_create("AWS::EC2::VPC", &pool).unwrap_err();
    let told = "The property Ipv4IpamPoolId of AWS::EC2::VPC is not part of this practice cloud.";
    assert_eq!(refused.message, told);
    assert_eq!(driver.look(|view| view.region.ec2.vpcs.len()), before);
}

#[test]
fn rules_of_security_groups() {
    let mut driver = Driver::new();
    let vpc = vpc(&mut driver);
    let world = json!({"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "0.0.0.0/0"});
    let ssh = json!({"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "10.0.0.0/8", "Description": "in"});
    let base = json!({"GroupDescription": "web", "VpcId": vpc.id});
    let with = |rules: Value, egress: Value| {
        let mut properties = base.clone();
        properties["SecurityGroupIngress"] = rules;
        properties["SecurityGroupEgress"] = egress;
        properties
    };
    let mut group = driver.create("AWS::EC2::SecurityGroup", &with(json!([world, ssh]), json!([])));
    assert_eq!(driver.attribute(&group, "GroupId"), group.id);
    let told = driver.attribute(&group, "GroupName");
    assert_eq!(told, format!("demo-{}-{:012}", group.logical_id, 2));
    let all = json!([{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}]);
    let Actual::Is(is) = driver.actual(&group) else { panic!("not there") };
    assert_eq!(is["SecurityGroupIngress"], json!([world, ssh]));
    assert_eq!(is["SecurityGroupEgress"], all);

    let own = json!([{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0"}]);
    let https =
        json!({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "SourceSecurityGroupId": group.id});
    driver.update(&mut group, &with(json!([ssh, https]), own.clone()));
    let Actual::Is(is) = driver.actual(&group) else { panic!("not there") };
    assert_eq!((&is["SecurityGroupIngress"], &is["SecurityGroupEgress"]), (&json!([ssh, https]), &own));
    driver.update(&mut group, &base);
    let Actual::Is(is) = driver.actual(&group) else { panic!("not there") };
    assert_eq!((&is["SecurityGroupIngress"], &is["SecurityGroupEgress"]), (&json!([]), &all));

    let alone = json!({"GroupId": group.id, "IpProtocol": "tcp", "FromPort": "80", "ToPort": "80", "CidrIp": "0.0.0.0/0"});
    let mut rule = driver.create("AWS::EC2::SecurityGroupIngress", &alone);
    assert!(rule.id.starts_with("sgr-"));
    let again = driver.try_create("AWS::EC2::SecurityGroupIngress", &alone).unwrap_err();
    assert_eq!(again.code, "InvalidPermission.Duplicate");
    let mut described = json!({"Description": "the web"});
    described.as_object_mut().unwrap().extend(alone.as_object().unwrap().clone());
    driver.update(&mut rule, &described);
    let Actual::Is(is) = driver.actual(&rule) else { panic!("not there") };
    assert_eq!((&is["Description"], &is["FromPort"]), (&json!("the web"), &json!(80)));
    let out = json!({"GroupId": group.id, "IpProtocol": "udp", "FromPort": 53, "ToPort": 53, "CidrIp": "10.0.0.2/32"});
    let egress = driver.create("AWS::EC2::SecurityGroupEgress", &out);
    driver.delete(&rule);
    driver.delete(&egress);
    driver.delete(&group);

    let bad =
        with(json!([{"IpProtocol": "tcp", "FromPort": 90, "ToPort": 80, "CidrIp": "0.0.0.0/0"}]), json!([]));
    let count = driver.look(|view| view.region.ec2.security_groups.len());
    assert!(driver.try_create("AWS::EC2::SecurityGroup", &bad).is_err());
    assert_eq!(driver.look(|view| view.region.ec2.security_groups.len()), count, "left behind");
    // Without a VPC it is known by its name.
    let named =
        driver.create("AWS::EC2::SecurityGroup", &json!({"GroupDescription": "d", "GroupName": "plain"}));
    assert_eq!(driver.reference(&named), "plain");
    driver.delete(&named);
}

#[test]
fn addresses_and_nat_gateways() {
    let mut driver = Driver::new();
    let vpc = vpc(&mut driver);
    let subnet = subnet(&mut driver, &vpc);
    let address = driver.create("AWS::EC2::EIP", &json!({"Domain": "vpc"}));
    let allocation = driver.attribute(&address, "AllocationId");
    assert_eq!(driver.attribute(&address, "PublicIp"), address.id);
    let nat = json!({"SubnetId": subnet.id, "AllocationId": allocation});
    let failed = driver.try_create("AWS::EC2::NatGateway", &nat).unwrap_err();
    assert!(failed.message.contains("has no Internet gateway attached"), "{failed}");
    way_out(&mut driver, &vpc);
    let began = driver.lab.now;
    let made = driver.create("AWS::EC2::NatGateway", &nat);
    assert!(driver.lab.now.since(began) > 60_000, "it takes its time");
    assert!(driver.attribute(&made, "EniId").as_str().unwrap().starts_with("eni-"));
    assert!(driver.try_delete(&subnet).is_err(), "the gateway is in it");
    driver.delete(&made);
    driver.delete(&address);
    driver.delete(&subnet);
}

#[test]
fn machines() {
    let mut driver = Driver::new();
    let image = driver.lab.call("ssm", "GetParameter", json!({"Name": IMAGE}))["Parameter"]["Value"].clone();
    let key = driver.create("AWS::EC2::KeyPair", &json!({"KeyName": "mine"}));
    let id = driver.attribute(&key, "KeyPairId");
    let name = format!("/ec2/keypair/{}", id.as_str().unwrap());
    let kept = driver.lab.call("ssm", "GetParameter", json!({"Name": name, "WithDecryption": true}));
    assert!(kept["Parameter"]["Value"].as_str().unwrap().starts_with("-----BEGIN RSA"));
    let vpc = vpc(&mut driver);
    let subnet = subnet(&mut driver, &vpc);
    let group = json!({"GroupDescription": "g", "VpcId": vpc.id});
    let group = driver.create("AWS::EC2::SecurityGroup", &group);
    let mut properties = json!({
        "ImageId": image, "InstanceType": "t3.micro", "KeyName": "mine", "SubnetId": subnet.id,
        "SecurityGroupIds": [group.id], "SourceDestCheck": false, "Tags": [{"Key": "Name", "Value": "one"}]
    });
    let mut instance = driver.create("AWS::EC2::Instance", &properties);
    assert!(driver.attribute(&instance, "PrivateIp").as_str().unwrap().starts_with("10.0.1."));
    assert!(driver.attribute(&instance, "PublicIp").is_string(), "the subnet gives public addresses");
    let Actual::Is(is) = driver.actual(&instance) else { panic!("not there") };
    assert_eq!(is, properties);
    properties["DisableApiTermination"] = json!(true);
    driver.update(&mut instance, &properties);
    assert_eq!(driver.try_delete(&instance).unwrap_err().code, "OperationNotPermitted");
    properties["DisableApiTermination"] = json!(false);
    driver.update(&mut instance, &properties);
    assert!(driver.try_delete(&group).is_err(), "the instance is in it");
    driver.delete(&instance);
    driver.delete(&group);
    driver.delete(&key);
    assert_eq!(driver.lab.refused("ssm", "GetParameter", json!({"Name": name})), "ParameterNotFound");
    let interface = driver.create("AWS::EC2::NetworkInterface", &json!({"SubnetId": subnet.id}));
    assert!(driver.attribute(&interface, "PrimaryPrivateIpAddress").as_str().unwrap().starts_with("10.0.1."));
    driver.delete(&interface);
}

#[test]
fn launch_templates_get_versions_and_endpoints_change() {
    let mut driver = Driver::new();
    let data = |kind: &str| {
        json!({"LaunchTemplateData": {"InstanceType": kind, "SecurityGroupIds": ["sg-1"], "UserData": "aGk=",
            "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "a", "Value": "b"}]}]}})
    };
    let mut template = driver.create("AWS::EC2::LaunchTemplate", &data("t3.micro"));
    driver.update(&mut template, &data("t3.small"));
    assert_eq!(driver.attribute(&template, "LatestVersionNumber"), "2");
    assert_eq!(driver.attribute(&template, "DefaultVersionNumber"), "1");
    let asked = json!({"LaunchTemplateId": template.id, "LaunchTemplateVersion": ["2"]});
    let versions = driver.lab.call("ec2", "DescribeLaunchTemplateVersions", asked);
    let shown = &versions["launchTemplateVersionSet"][0]["launchTemplateData"];
    assert_eq!(
        (&shown["instanceType"], &shown["securityGroupIdSet"]),
        (&json!("t3.small"), &json!(["sg-1"]))
    );
    assert_eq!(shown["tagSpecificationSet"][0]["tagSet"][0]["key"], "a");
    driver.delete(&template);

    let vpc = vpc(&mut driver);
    let subnet = subnet(&mut driver, &vpc);
    let mut properties = json!({
        "VpcId": vpc.id, "ServiceName": "com.amazonaws.us-east-1.ecr.api", "VpcEndpointType": "Interface"
    });
    let mut endpoint = driver.create("AWS::EC2::VPCEndpoint", &properties);
    properties["SubnetIds"] = json!([subnet.id]);
    driver.update(&mut endpoint, &properties);
    assert_eq!(driver.attribute(&endpoint, "NetworkInterfaceIds").as_array().unwrap().len(), 1);
    driver.delete(&endpoint);
    driver.delete(&subnet);
}

#[test]
fn whoever_makes_a_stack_needs_the_permissions() {
    let mut driver = Driver::new();
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "ec2:CreateVpc", "Resource": "*"}
    ]});
    driver.be_user("student2", &policy.to_string());
    let vpc = driver.create("AWS::EC2::VPC", &json!({"CidrBlock": "10.0.0.0/16"}));
    let denied = driver.try_create("AWS::EC2::InternetGateway", &json!({})).unwrap_err();
    assert_eq!(denied.code, "UnauthorizedOperation");
    assert_eq!(driver.try_delete(&vpc).unwrap_err().code, "UnauthorizedOperation");
}
