//! A stack of everything that a service on machines of one's own stands on: network, security, roles, load balancer,
//! Auto Scaling group.

use serde_json::{Value, json};

use super::Formation;

const TEMPLATE: &str = r"
AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  Image: {Type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>', Default: /aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id}
  Size: {Type: Number, Default: 2}
Resources:
  Vpc:
    Type: AWS::EC2::VPC
    Properties: {CidrBlock: 10.0.0.0/16, EnableDnsSupport: true, EnableDnsHostnames: true}
  Gateway: {Type: AWS::EC2::InternetGateway}
  Attachment:
    Type: AWS::EC2::VPCGatewayAttachment
    Properties: {VpcId: !Ref Vpc, InternetGatewayId: !Ref Gateway}
  Public1:
    Type: AWS::EC2::Subnet
    Properties:
      VpcId: !Ref Vpc
      CidrBlock: !Select [0, !Cidr [!GetAtt Vpc.CidrBlock, 4, 8]]
      AvailabilityZone: !Select [0, !GetAZs '']
      MapPublicIpOnLaunch: true
  Public2:
    Type: AWS::EC2::Subnet
    Properties:
      VpcId: !Ref Vpc
      CidrBlock: !Select [1, !Cidr [!GetAtt Vpc.CidrBlock, 4, 8]]
      AvailabilityZone: !Select [1, !GetAZs '']
      MapPublicIpOnLaunch: true
  Private:
    Type: AWS::EC2::Subnet
    Properties: {VpcId: !Ref Vpc, CidrBlock: !Select [2, !Cidr [!GetAtt Vpc.CidrBlock, 4, 8]]}
  Table: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
  Out:
    Type: AWS::EC2::Route
    DependsOn: Attachment
    Properties: {RouteTableId: !Ref Table, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Gateway}
  First: {Type: AWS::EC2::SubnetRouteTableAssociation, Properties: {RouteTableId: !Ref Table, SubnetId: !Ref Public1}}
  Second: {Type: AWS::EC2::SubnetRouteTableAssociation, Properties: {RouteTableId: !Ref Table, SubnetId: !Ref Public2}}
  Address: {Type: AWS::EC2::EIP, DependsOn: Attachment, Properties: {Domain: vpc}}
  Nat:
    Type: AWS::EC2::NatGateway
    Properties: {AllocationId: !GetAtt Address.AllocationId, SubnetId: !Ref Public1}
  PrivateTable: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
  PrivateOut:
    Type: AWS::EC2::Route
    Properties: {RouteTableId: !Ref PrivateTable, DestinationCidrBlock: 0.0.0.0/0, NatGatewayId: !Ref Nat}
  Third:
    Type: AWS::EC2::SubnetRouteTableAssociation
    Properties: {RouteTableId: !Ref PrivateTable, SubnetId: !Ref Private}
  Front:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: From the world
      VpcId: !Ref Vpc
      SecurityGroupIngress: [{CidrIp: 0.0.0.0/0, IpProtocol: tcp, FromPort: 80, ToPort: '80'}]
  Machines: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: From the balancer, VpcId: !Ref Vpc}}
  FromFront:
    Type: AWS::EC2::SecurityGroupIngress
    Properties:
      GroupId: !Ref Machines
      IpProtocol: tcp
      FromPort: 8080
      ToPort: 8080
      SourceSecurityGroupId: !GetAtt Front.GroupId
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: [{Effect: Allow, Principal: {Service: [ec2.amazonaws.com]}, Action: ['sts:AssumeRole']}]
      ManagedPolicyArns: ['arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role']
  Profile: {Type: AWS::IAM::InstanceProfile, Properties: {Roles: [!Ref Role]}}
  Template:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        ImageId: !Ref Image
        InstanceType: t3.micro
        IamInstanceProfile: {Arn: !GetAtt Profile.Arn}
        SecurityGroupIds: [!Ref Machines]
        UserData:
          Fn::Base64: !Sub |
            #!/bin/bash
            echo ECS_CLUSTER=${AWS::StackName} >> /etc/ecs/ecs.config
  Balancer:
    Type: AWS::ElasticLoadBalancingV2::LoadBalancer
    DependsOn: Out
    Properties: {Subnets: [!Ref Public2, !Ref Public1], SecurityGroups: [!Ref Front]}
  Targets:
    Type: AWS::ElasticLoadBalancingV2::TargetGroup
    Properties: {VpcId: !Ref Vpc, Port: 8080, Protocol: HTTP, TargetType: instance}
  Listener:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties:
      LoadBalancerArn: !Ref Balancer
      Port: 80
      Protocol: HTTP
      DefaultActions: [{TargetGroupArn: !Ref Targets, Type: forward}]
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    DependsOn: Out
    Properties:
      LaunchTemplate: {LaunchTemplateId: !Ref Template, Version: !GetAtt Template.LatestVersionNumber}
      VPCZoneIdentifier: [!Ref Public1, !Ref Public2]
      MinSize: !Ref Size
      MaxSize: '4'
      TargetGroupARNs: [!Ref Targets]
      Tags: [{Key: Name, Value: !Ref 'AWS::StackName', PropagateAtLaunch: true}]
Outputs:
  Address: {Value: !Sub 'http://${Balancer.DNSName}'}
";

fn ask(operation: &str, lab: &mut Formation, size: &str) {
    let input = json!({
        "StackName": "net", "TemplateBody": TEMPLATE, "Capabilities": ["CAPABILITY_IAM"],
        "Parameters": [{"ParameterKey": "Size", "ParameterValue": size}]
    });
    lab.call(operation, input);
}

fn drift(lab: &mut Formation) -> Vec<(String, Value)> {
    let started = lab.call("DetectStackDrift", json!({"StackName": "net"}));
    lab.0.advance(15);
    let id = json!({"StackDriftDetectionId": started["StackDriftDetectionId"]});
    assert_eq!(lab.call("DescribeStackDriftDetectionStatus", id)["DetectionStatus"], "DETECTION_COMPLETE");
    let answer = lab.call("DescribeStackResourceDrifts", json!({"StackName": "net"}));
    let drifts = answer["StackResourceDrifts"].as_array().unwrap().iter();
    let drifted = drifts
        .filter(|drift| matches!(drift["StackResourceDriftStatus"].as_str(), Some("MODIFIED" | "DELETED")));
    let pair = |drift: &Value| {
        (drift["LogicalResourceId"].as_str().unwrap().to_owned(), drift["PropertyDifferences"].clone())
    };
    drifted.map(pair).collect()
}

/// What there is of a network and machines: counts that a stack must leave as it found them.
fn inventory(lab: &Formation) -> Vec<usize> {
    let region = &lab.0.world.regions["us-east-1"];
    let (ec2, elb) = (&region.ec2, &region.elbv2);
    let running = ec2.instances.values().filter(|instance| !instance.state.is_ending());
    vec![
        ec2.vpcs.len(),
        ec2.subnets.len(),
        ec2.internet_gateways.len(),
        ec2.route_tables.len(),
        ec2.security_groups.len(),
        ec2.addresses.len(),
        ec2.interfaces.len(),
        ec2.launch_templates.len(),
        running.count(),
        elb.load_balancers.len() + elb.listeners.len() + elb.target_groups.len(),
        region.autoscaling.groups.len(),
        lab.0.world.iam.instance_profiles.len(),
    ]
}

#[test]
fn machines_behind_a_load_balancer_come_change_and_go() {
    let mut lab = Formation::new();
    // So that the region is there to be counted.
    lab.0.call("ecs", "CreateCluster", json!({"clusterName": "net"}));
    let before = inventory(&lab);
    ask("CreateStack", &mut lab, "2");
    let status = lab.settle("net");
    assert_eq!(status, "CREATE_COMPLETE", "{:#?}", lab.events("net"));
    let group = lab.physical_id("net", "Targets");
    assert_eq!(lab.0.world.regions["us-east-1"].elbv2.target_groups[&group].targets.len(), 2);
    let address = lab.stack("net")["Outputs"][0]["OutputValue"].clone();
    assert!(address.as_str().unwrap().starts_with("http://net-"), "{address}");
    let machines = lab.0.call("ecs", "ListContainerInstances", json!({"cluster": "net"}));
    assert_eq!(machines["containerInstanceArns"].as_array().unwrap().len(), 2, "they join the cluster");

    assert_eq!(drift(&mut lab), []);
    let front = lab.physical_id("net", "Front");
    let open =
        json!({"GroupId": front, "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"});
    lab.0.call("ec2", "AuthorizeSecurityGroupIngress", open);
    let found = drift(&mut lab);
    let [(logical_id, differences)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(
        (logical_id.as_str(), &differences[0]["PropertyPath"]),
        ("Front", &json!("/SecurityGroupIngress"))
    );

    ask("UpdateStack", &mut lab, "3");
    let status = lab.settle("net");
    assert_eq!(status, "UPDATE_COMPLETE", "{:#?}", lab.events("net"));
    assert_eq!(lab.0.world.regions["us-east-1"].elbv2.target_groups[&group].targets.len(), 3);

    let id = lab.stack("net")["StackId"].clone();
    lab.call("DeleteStack", json!({"StackName": "net"}));
    lab.0.settle();
    let gone = lab.stack(id.as_str().unwrap());
    assert_eq!(gone["StackStatus"], "DELETE_COMPLETE", "{:#?}", lab.events(id.as_str().unwrap()));
    assert_eq!(inventory(&lab), before);
}
