use serde_json::{Value, json};

use super::{Net, id};
use crate::testing::Lab;

fn instance(lab: &mut Lab, net: &Net, public: bool) -> String {
    let interface =
        json!({"DeviceIndex": "0", "AssociatePublicIpAddress": public.to_string(), "SubnetId": net.subnet});
    let launched = lab.ec2(
        "RunInstances",
        json!({"ImageId": "ami-f560d8e3", "InstanceType": "t2.micro", "MinCount": 1, "MaxCount": 1,
            "NetworkInterface": [interface]}),
    );
    lab.advance(60);
    id(&launched["instancesSet"][0]["instanceId"])
}

fn public_ip(lab: &mut Lab, instance: &str) -> Value {
    let found = lab.ec2("DescribeInstances", json!({"InstanceId": [instance]}));
    found["reservationSet"][0]["instancesSet"][0]["ipAddress"].clone()
}

#[test]
fn an_elastic_ip_moves_from_instance_to_instance() {
    let mut lab = Lab::new();
    let net = Net::new(&mut lab);
    let (a, b) = (instance(&mut lab, &net, true), instance(&mut lab, &net, false));
    let own = public_ip(&mut lab, &a);
    let address = lab.ec2("AllocateAddress", json!({"Domain": "vpc"}));
    let allocation = id(&address["allocationId"]);
    lab.ec2("AssociateAddress", json!({"AllocationId": allocation, "InstanceId": a}));
    assert_eq!(public_ip(&mut lab, &a), address["publicIp"]);
    let move_it = json!({"AllocationId": allocation, "InstanceId": b});
    assert_eq!(lab.ec2_refused("AssociateAddress", move_it.clone()), "Resource.AlreadyAssociated");
    let mut force = move_it;
    force["AllowReassociation"] = json!("true");
    let association = id(&lab.ec2("AssociateAddress", force)["associationId"]);
    assert_eq!(public_ip(&mut lab, &b), address["publicIp"]);
    let again = public_ip(&mut lab, &a);
    assert!(again.is_string() && again != own, "a has no address of its own again");
    let release = json!({"AllocationId": allocation});
    assert_eq!(lab.ec2_refused("ReleaseAddress", release.clone()), "InvalidIPAddress.InUse");
    lab.ec2("DisassociateAddress", json!({"AssociationId": association}));
    assert_eq!(public_ip(&mut lab, &b), Value::Null);
    lab.ec2("ReleaseAddress", release.clone());
    assert_eq!(lab.ec2_refused("ReleaseAddress", release), "InvalidAllocationID.NotFound");
}

#[test]
fn terminating_frees_the_address() {
    let mut lab = Lab::new();
    let net = Net::new(&mut lab);
    let a = instance(&mut lab, &net, false);
    let address = lab.ec2("AllocateAddress", json!({}));
    lab.ec2("AssociateAddress", json!({"AllocationId": address["allocationId"], "InstanceId": a}));
    lab.ec2("TerminateInstances", json!({"InstanceId": [a]}));
    lab.advance(60);
    let found = lab.ec2("DescribeAddresses", json!({}));
    assert!(found["addressesSet"][0]["associationId"].is_null());
}

#[test]
fn interfaces_hold_addresses_and_groups() {
    let mut lab = Lab::new();
    let net = Net::new(&mut lab);
    let made =
        lab.ec2("CreateNetworkInterface", json!({"SubnetId": net.subnet, "PrivateIpAddress": "172.31.0.4"}));
    let interface = id(&made["networkInterface"]["networkInterfaceId"]);
    let taken = json!({"SubnetId": net.subnet, "PrivateIpAddress": "172.31.0.4"});
    assert_eq!(lab.ec2_refused("CreateNetworkInterface", taken), "InvalidIPAddress.InUse");
    let a = instance(&mut lab, &net, true);
    let by = json!({"Filter": [{"Name": "attachment.instance-id", "Value": [a]}]});
    let found = lab.ec2("DescribeNetworkInterfaces", by);
    let found = found["networkInterfaceSet"].as_array().unwrap().clone();
    assert_eq!(found.len(), 1);
    let delete = |id: &Value| json!({"NetworkInterfaceId": id});
    let in_use = lab.ec2_refused("DeleteNetworkInterface", delete(&found[0]["networkInterfaceId"]));
    assert_eq!(in_use, "InvalidParameterValue");
    assert_eq!(lab.ec2_refused("DeleteSubnet", json!({"SubnetId": net.subnet})), "DependencyViolation");
    lab.ec2("DeleteNetworkInterface", delete(&json!(interface)));
}
