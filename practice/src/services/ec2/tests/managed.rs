use serde_json::json;

use super::{Net, id};
use crate::network::egress;
use crate::network::endpoint::{Endpoint, connect};
use crate::services::ec2::managed::{Wanted, attach, release};
use crate::testing::Lab;

fn made(lab: &mut Lab, subnet: &str, group: &str, public: bool) -> String {
    let (now, caller) = (lab.now, lab.caller.clone());
    lab.world.work("us-east-1", now, &caller, |scope| {
        let groups = [group.to_owned()];
        let wanted = Wanted {
            subnet_id: subnet,
            security_groups: &groups,
            description: "of a test".to_owned(),
            kind: "interface",
            public,
            instance_id: None,
        };
        attach(scope, &wanted).expect("room in the subnet").id
    })
}

#[test]
fn a_services_interface_is_seen_and_holds_its_subnet_and_group() {
    let mut lab = Lab::new();
    let net = Net::new(&mut lab);
    let input = json!({"GroupName": "web", "GroupDescription": "web", "VpcId": net.vpc});
    let group = id(&lab.ec2("CreateSecurityGroup", input)["groupId"]);
    let describe = json!({"SubnetId": [net.subnet]});
    let free = |lab: &mut Lab| lab.ec2("DescribeSubnets", describe.clone())["subnetSet"][0].clone();
    let before = free(&mut lab)["availableIpAddressCount"].as_u64().unwrap();

    let eni = made(&mut lab, &net.subnet, &group, true);
    assert_eq!(free(&mut lab)["availableIpAddressCount"], before - 1);
    let seen = lab.ec2("DescribeNetworkInterfaces", json!({"NetworkInterfaceId": [eni]}));
    let seen = &seen["networkInterfaceSet"][0];
    assert_eq!(seen["status"], "in-use");
    assert_eq!(seen["requesterManaged"], true);
    assert_eq!(seen["description"], "of a test");
    assert!(seen["association"]["publicIp"].is_string());
    assert_eq!(lab.ec2_refused("DeleteSubnet", json!({"SubnetId": net.subnet})), "DependencyViolation");
    assert_eq!(lab.ec2_refused("DeleteSecurityGroup", json!({"GroupId": group})), "DependencyViolation");
    let delete = json!({"NetworkInterfaceId": eni});
    assert_eq!(lab.ec2_refused("DeleteNetworkInterface", delete), "InvalidParameterValue");
    let detach = json!({"InternetGatewayId": net.gateway, "VpcId": net.vpc});
    assert_eq!(lab.ec2_refused("DetachInternetGateway", detach), "DependencyViolation");

    let (now, caller) = (lab.now, lab.caller.clone());
    lab.world.work("us-east-1", now, &caller, |scope| release(scope, &eni));
    assert_eq!(free(&mut lab)["availableIpAddressCount"], before);
    lab.ec2("DeleteSecurityGroup", json!({"GroupId": group}));
}

#[test]
fn security_groups_of_both_ends_decide() {
    let mut lab = Lab::new();
    let net = Net::new(&mut lab);
    let mut group = |name: &str| {
        let input = json!({"GroupName": name, "GroupDescription": name, "VpcId": net.vpc});
        id(&lab.ec2("CreateSecurityGroup", input)["groupId"])
    };
    let (front, back) = (group("front"), group("back"));
    let rule =
        json!({"IpProtocol": "tcp", "FromPort": "6379", "ToPort": "6379", "Groups": [{"GroupId": front}]});
    lab.ec2("AuthorizeSecurityGroupIngress", json!({"GroupId": back, "IpPermissions": [rule]}));
    let a = made(&mut lab, &net.subnet, &front, true);
    let b = made(&mut lab, &net.subnet, &back, false);
    lab.world.look("us-east-1", lab.now, &lab.caller, |view| {
        let ec2 = &view.region.ec2;
        let end = |id: &str| Endpoint::of_interface(ec2, &ec2.interfaces[id]).unwrap();
        let (a, b) = (end(&a), end(&b));
        assert_eq!(connect(view, &a, &b, "tcp", 6379), Ok(()));
        assert!(
            connect(view, &a, &b, "tcp", 80).unwrap_err().to_string().starts_with("No inbound rule of sg-")
        );
        assert!(connect(view, &b, &a, "tcp", 6379).is_err());
        assert_eq!(Endpoint::at(view, a.vpc, b.private_ip), Some(b));
        assert_eq!(egress::to_internet(view, &a), Ok(()));
        assert!(egress::to_internet(view, &b).unwrap_err().to_string().starts_with("Network interface eni-"));
    });
}
