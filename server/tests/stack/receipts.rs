//! What is found after a deletion, and while a stack is there: by the services' own word.

use practice::{Auth, HttpRequest};
use server::inventory::{Bond, Inventory};
use server::provision::receipt::Receipt;
use server::provision::stack as wanting;
use server::provision::wake::Stops;

use crate::support::Platform;
use crate::{Place, Stack, TEMPLATE, begins, row, row_in, until};

/// CloudFormation deletes this wholly by its own word, and keeps two of its resources.
const RETAINING: &str = "Parameters:
  ClusterName: { Type: String }
Resources:
  Cluster: { Type: AWS::ECS::Cluster, Properties: { ClusterName: !Ref ClusterName } }
  Logs:
    Type: AWS::Logs::LogGroup
    DeletionPolicy: Retain
    Properties: { LogGroupName: /kept }
  Secret:
    Type: AWS::SecretsManager::Secret
    DeletionPolicy: Retain
    Properties: { Name: kept, SecretString: x }
Outputs:
  ClusterArn: { Value: !GetAtt Cluster.Arn }
";

/// A network, and a group of two machines in it.
const MACHINES: &str = "Parameters:
  ClusterName: { Type: String }
  Image: { Type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>', Default: /aws/service/ecs/optimized-ami/amazon-linux-2/recommended/image_id }
Resources:
  Cluster: { Type: AWS::ECS::Cluster, Properties: { ClusterName: !Ref ClusterName } }
  Vpc: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16 } }
  Subnet:
    Type: AWS::EC2::Subnet
    Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24, MapPublicIpOnLaunch: true }
  Launch:
    Type: AWS::EC2::LaunchTemplate
    Properties: { LaunchTemplateData: { ImageId: !Ref Image, InstanceType: t3.micro } }
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties:
      MinSize: 2
      MaxSize: 3
      VPCZoneIdentifier: [!Ref Subnet]
      LaunchTemplate: { LaunchTemplateId: !Ref Launch, Version: !GetAtt Launch.LatestVersionNumber }
Outputs:
  ClusterArn: { Value: !GetAtt Cluster.Arn }
";

async fn removed(place: &Place, server: &Platform, id: &str) {
    let mut tx = server.state.db.begin().await.unwrap();
    let made = row_in(&mut tx, id).await;
    assert!(wanting::remove(&mut tx, made, place.clock.now()).await.unwrap());
    tx.commit().await.unwrap();
}

fn receipt(of: &Stack) -> Receipt {
    serde_json::from_str(of.receipt.as_deref().unwrap()).unwrap()
}

/// The student's own request in the account.
async fn ec2(server: &Platform, of: &Stack, form: &str) -> String {
    let request = HttpRequest {
        method: "POST".into(),
        path: "/".into(),
        query: String::new(),
        headers: vec![("content-type".into(), "application/x-www-form-urlencoded".into())],
        body: format!("Action={form}&Version=2016-11-15").into(),
    };
    let answer = server.state.practice.api(&of.account_id, &request, Auth::Any).await.unwrap();
    let body = String::from_utf8(answer.body).unwrap();
    assert_eq!(answer.status, 200, "{body}");
    body
}

fn between<'t>(text: &'t str, open: &str, close: &str) -> &'t str {
    text.split(open).nth(1).unwrap().split(close).next().unwrap()
}

#[tokio::test]
async fn what_cloudformation_left_is_named_with_its_price() {
    let place = Place::new(None, RETAINING);
    let server = place.server().await;
    let (mut browser, wanted) = begins(&server).await;
    let (server, _) = until(&place, server, &wanted.id, "ready", Stops::default()).await;
    removed(&place, &server, &wanted.id).await;
    let (server, _) = until(&place, server, &wanted.id, "deleted", Stops::default()).await;
    let gone = row(&server, &wanted.id).await;
    let receipt = receipt(&gone);
    let left: Vec<_> = receipt.left.iter().map(|row| (row.kind.as_str(), row.bond)).collect();
    let expected = [("AWS::SecretsManager::Secret", Bond::Own), ("AWS::Logs::LogGroup", Bond::Own)];
    assert_eq!((receipt.had, left, receipt.is_clean()), (3, expected.to_vec(), false));
    assert_eq!(receipt.left[0].hourly.to_string(), "$0.0006");
    let mut again = server.browser();
    again.cookie = browser.cookie.take();
    let page = again.get("/labs/stacked").await.ok();
    page.shows("2 things are still there").shows("/kept").shows("$0.0006 an hour").shows("Make it again");
}

#[tokio::test]
async fn what_is_in_the_way_is_named_until_it_has_gone() {
    let place = Place::new(None, MACHINES);
    let server = place.server().await;
    let (_, wanted) = begins(&server).await;
    let (server, _) = until(&place, server, &wanted.id, "ready", Stops::default()).await;
    let made = row(&server, &wanted.id).await;
    let vpc = between(&made.resources, "\"logical_id\":\"Vpc\",\"physical_id\":\"", "\"").to_owned();
    let form = format!("CreateSecurityGroup&GroupName=mine&GroupDescription=mine&VpcId={vpc}");
    let group = between(&ec2(&server, &made, &form).await, "<groupId>", "</groupId>").to_owned();
    removed(&place, &server, &wanted.id).await;
    let (server, _) = until(&place, server, &wanted.id, "left", Stops::default()).await;
    let found = receipt(&row(&server, &wanted.id).await);
    let mut left: Vec<_> = found.left.iter().map(|row| (row.name.clone(), row.bond)).collect();
    left.sort();
    assert_eq!(left, [("mine".to_owned(), Bond::InTheWay), (vpc, Bond::Own)]);

    ec2(&server, &made, &format!("DeleteSecurityGroup&GroupId={group}")).await;
    removed(&place, &server, &wanted.id).await;
    let (server, _) = until(&place, server, &wanted.id, "deleted", Stops::default()).await;
    let found = receipt(&row(&server, &wanted.id).await);
    assert!(found.is_clean() && found.left.is_empty(), "{found:?}");
}

#[tokio::test]
async fn what_a_stack_makes_indirectly_is_counted() {
    let place = Place::new(None, MACHINES);
    let server = place.server().await;
    let (_, wanted) = begins(&server).await;
    let (server, _) = until(&place, server, &wanted.id, "ready", Stops::default()).await;
    let made = row(&server, &wanted.id).await;
    let inventory: Inventory = serde_json::from_str(made.inventory.as_deref().unwrap()).unwrap();
    assert_eq!(inventory.unseen, Vec::<String>::new());
    let count = |kind: &str| inventory.rows.iter().filter(|row| row.kind == kind).count();
    let counts = ["Instance", "Volume", "NetworkInterface", "VPC", "Subnet", "LaunchTemplate"];
    assert_eq!(counts.map(|kind| count(&format!("AWS::EC2::{kind}"))), [2, 2, 2, 1, 1, 1]);
    assert_eq!((count("AWS::AutoScaling::AutoScalingGroup"), count("AWS::ECS::Cluster")), (1, 1));
    // Two machines, two disks, two addresses: what the template was thought to come to.
    let machine = 10_400_000 + 5_000_000;
    let hourly = inventory.hourly().nano_usd;
    assert!((2 * machine..2 * machine + 10_000_000).contains(&hourly), "{hourly}");
    assert_eq!(made.hourly, hourly);
    let thought: server::inventory::price::Hourly = serde_json::from_str(&made.estimate).unwrap();
    assert_eq!(thought.nano_usd, hourly, "the estimate was right");
}

#[tokio::test]
async fn a_stack_that_is_not_in_the_account_leaves_nothing() {
    let place = Place::new(None, TEMPLATE);
    let server = place.server().await;
    let (_, wanted) = begins(&server).await;
    removed(&place, &server, &wanted.id).await;
    let (server, _) = until(&place, server, &wanted.id, "deleted", Stops::default()).await;
    let found = receipt(&row(&server, &wanted.id).await);
    assert_eq!((found.had, found.is_clean()), (0, true));
}
