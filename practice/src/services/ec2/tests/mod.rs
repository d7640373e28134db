//! EC2 through the front door.

use serde_json::{Value, json};

use crate::testing::Lab;

mod addresses;
mod around;
mod instances;
mod managed;
mod networks;
mod properties;
mod security;
mod templates;
mod ways_out;

impl Lab {
    /// An EC2 call that must succeed.
    fn ec2(&mut self, operation: &str, input: Value) -> Value {
        self.call("ec2", operation, input)
    }

    /// The code of an EC2 call that must be refused without a trace.
    fn ec2_refused(&mut self, operation: &str, input: Value) -> String {
        self.refused("ec2", operation, input)
    }
}

fn id(value: &Value) -> String {
    value.as_str().expect("an id").to_owned()
}

/// VPC with a subnet, a gateway and a default route, as the lab's first steps make them.
struct Net {
    vpc: String,
    subnet: String,
    gateway: String,
    table: String,
}

impl Net {
    fn new(lab: &mut Lab) -> Self {
        let vpc = id(&lab.ec2("CreateVpc", json!({"CidrBlock": "172.31.0.0/28"}))["vpc"]["vpcId"]);
        lab.ec2("ModifyVpcAttribute", json!({"VpcId": vpc, "EnableDnsSupport": {"Value": "true"}}));
        lab.ec2("ModifyVpcAttribute", json!({"VpcId": vpc, "EnableDnsHostnames": {"Value": "true"}}));
        let subnet = lab.ec2("CreateSubnet", json!({"VpcId": vpc, "CidrBlock": "172.31.0.0/28"}));
        let subnet = id(&subnet["subnet"]["subnetId"]);
        let gateway = lab.ec2("CreateInternetGateway", json!({}));
        let gateway = id(&gateway["internetGateway"]["internetGatewayId"]);
        lab.ec2("AttachInternetGateway", json!({"InternetGatewayId": gateway, "VpcId": vpc}));
        let filter = json!({"Filter": [{"Name": "vpc-id", "Value": [vpc]}]});
        let tables = lab.ec2("DescribeRouteTables", filter);
        let table = id(&tables["routeTableSet"][0]["routeTableId"]);
        lab.ec2(
            "CreateRoute",
            json!({"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": gateway}),
        );
        Self { vpc, subnet, gateway, table }
    }
}
