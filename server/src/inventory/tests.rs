//! What is the stack's among an account's things, and what it costs.

use super::*;

const STACK: &str = "arn:aws:cloudformation:us-east-1:123456789012:stack/demo/1";

fn record(resources: &[(&str, &str)]) -> Record {
    Record {
        name: "demo".to_owned(),
        ids: [STACK.to_owned()].into(),
        resources: resources.iter().map(|(kind, id)| ((*kind).to_owned(), (*id).to_owned())).collect(),
    }
}

fn seen(kind: &str, id: &str) -> Thing {
    Thing::new(kind, id)
}

fn tagged(thing: Thing, key: &str, value: &str) -> Thing {
    let tags = [(format!("aws:cloudformation:{key}"), value.to_owned())].into();
    Thing { tags, ..thing }
}

fn found(record: &Record, things: &[Thing]) -> Vec<(String, Bond)> {
    let rows = of(record, things, Prices::of_repository(), "us-east-1");
    let mut found: Vec<_> = rows.into_iter().map(|row| (row.id, row.bond)).collect();
    found.sort();
    found
}

fn expected(of: &[(&str, Bond)]) -> Vec<(String, Bond)> {
    of.iter().map(|(id, bond)| ((*id).to_owned(), *bond)).collect()
}

#[test]
fn a_thing_is_the_stacks_by_its_tag_or_by_the_record() {
    let things = [
        tagged(seen("AWS::EC2::VPC", "vpc-1"), "stack-id", STACK),
        tagged(seen("AWS::EC2::VPC", "vpc-2"), "stack-id", "arn:another"),
        // An earlier stack of the same name.
        tagged(seen("AWS::EC2::Subnet", "subnet-1"), "stack-name", "demo"),
        seen("AWS::Logs::LogGroup", "/demo"),
        // The same id, of another type.
        seen("AWS::ECS::Cluster", "/demo"),
        Thing { alias: Some("eipalloc-1".to_owned()), ..seen("AWS::EC2::EIP", "54.0.0.1") },
    ];
    let record = record(&[("AWS::Logs::LogGroup", "/demo"), ("AWS::EC2::EIP", "eipalloc-1")]);
    let own = expected(&[("/demo", Bond::Own), ("54.0.0.1", Bond::Own), ("vpc-1", Bond::Own)]);
    assert_eq!(found(&record, &things), own);
    // Of a stack that nobody knows, its name is all there is.
    let nameless = Record { name: "demo".to_owned(), ..Record::default() };
    assert_eq!(found(&nameless, &things), expected(&[("subnet-1", Bond::Own)]));
}

#[test]
fn what_the_stacks_things_made_is_found_though_they_are_gone() {
    let of = |thing: Thing, of: &str| Thing { of: vec![of.to_owned()], ..thing };
    let things = [
        of(seen("AWS::EC2::Instance", "i-1"), "group"),
        of(seen("AWS::EC2::Volume", "vol-1"), "i-1"),
        of(seen("AWS::EC2::Volume", "vol-2"), "i-2"),
        Thing {
            has: vec!["eni-1".to_owned()],
            ..of(seen("AWS::ECS::Task", "task-1"), "arn:aws:ecs:us-east-1:1:service/c/web")
        },
        seen("AWS::EC2::NetworkInterface", "eni-1"),
        of(seen("AWS::RDS::DBSnapshot", "snap"), "database"),
    ];
    let record = record(&[
        ("AWS::AutoScaling::AutoScalingGroup", "group"),
        ("AWS::ECS::Service", "arn:aws:ecs:us-east-1:1:service/c/web"),
        ("AWS::RDS::DBInstance", "database"),
    ]);
    let made = ["eni-1", "i-1", "snap", "task-1", "vol-1"].map(|id| (id, Bond::Made));
    assert_eq!(found(&record, &things), expected(&made));
}

#[test]
fn what_stands_in_a_vpc_that_is_left_is_in_its_way() {
    let within = |thing: Thing, vpc: &str| Thing { vpc: Some(vpc.to_owned()), ..thing };
    let others = [
        within(seen("AWS::EC2::SecurityGroup", "sg-1"), "vpc-1"),
        within(seen("AWS::EC2::SecurityGroup", "sg-2"), "vpc-2"),
        within(seen("AWS::EC2::NatGateway", "nat-1").charged(&[], &[]), "vpc-1"),
    ];
    let record = record(&[("AWS::EC2::VPC", "vpc-1")]);
    assert_eq!(found(&record, &others), [], "the VPC is gone, so nothing is in its way");
    let things: Vec<Thing> = others.into_iter().chain([seen("AWS::EC2::VPC", "vpc-1")]).collect();
    let left = [("nat-1", Bond::InTheWay), ("sg-1", Bond::InTheWay), ("vpc-1", Bond::Own)];
    assert_eq!(found(&record, &things), expected(&left));
    let rows = of(&record, &things, Prices::of_repository(), "us-east-1");
    assert_eq!(rows.first().map(|row| row.hourly.to_string()).as_deref(), Some("$0.045"), "dearest first");
    let inventory = Inventory { rows, had: 0, unseen: Vec::new() };
    assert_eq!(inventory.hourly(), Hourly::default(), "what is someone else's is not the stack's to pay");
}

#[test]
fn a_machine_costs_itself_its_disk_and_its_address() {
    let instance = seen("AWS::EC2::Instance", "i-1").charged(&[("instance_type", "t2.large")], &[]);
    let disk = [("size_gib", 30_000)];
    let volume = seen("AWS::EC2::Volume", "vol-1").charged(&[("volume_type", "gp2")], &disk);
    let interface = seen("AWS::EC2::NetworkInterface", "eni-1").with_addresses(1);
    let prices = Prices::of_repository();
    let nano = |thing: &Thing| cost(thing, prices, "us-east-1").nano_usd;
    assert_eq!(nano(&instance), 92_800_000);
    assert_eq!(nano(&volume), 100_000_000 * 30 / 730);
    assert_eq!(nano(&interface), 5_000_000);
}

/// The shop's own templates, priced before anything is made: what the notes on the drafts say they come to.
#[test]
fn a_template_is_priced_before_it_is_made() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let read = |path: &str| std::fs::read_to_string(root.join(path)).ok();
    let found =
        |path: &str| read(&format!("labs/{path}")).or_else(|| read(&format!("labs-draft/{path}"))).unwrap();
    let hour = |path: &str, parameters: &[(&str, &str)]| {
        let given =
            parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        estimate::of_template(&found(path), &given, "us-east-1", "demo").unwrap().hourly
    };
    let shop =
        hour("sock-shop/templates/sock-shop.yaml", &[("KeyName", "k"), ("CataloguePassword", "password-1")]);
    assert!((450_000_000..650_000_000).contains(&shop.nano_usd), "{shop}");
    let modern = hour("sock-shop-on-fargate/templates/sock-shop-on-fargate.yaml", &[]);
    assert!((300_000_000..450_000_000).contains(&modern.nano_usd), "{modern}");
    let names = [
        "GatewayName",
        "PrivateAName",
        "PrivateBName",
        "PublicAName",
        "PublicBName",
        "RouteTableName",
        "VpcName",
    ];
    let network = hour("fargate-behind-alb/templates/network.yaml", &names.map(|name| (name, "n")));
    assert_eq!(network, Hourly::default(), "a network costs nothing");
}
