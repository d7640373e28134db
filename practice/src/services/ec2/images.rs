//! Machine images: AWS's own, Amazon ECS's and Weaveworks'. A catalogue per region, not part of any world. Ids of
//! Weaveworks' images are the published ones; the others follow from region and name, so that they are as stable as
//! real ones and collide with none.

use super::instance::derived;

/// A machine image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Image {
    /// `ami-...`
    pub(crate) id: String,
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    /// Account that owns it.
    pub(crate) owner_id: &'static str,
    /// `amazon` for AWS's own.
    pub(crate) owner_alias: Option<&'static str>,
    /// ISO 8601.
    pub(crate) created_at: &'static str,
    /// `x86_64` or `arm64`
    pub(crate) architecture: &'static str,
    pub(crate) root_device: &'static str,
    /// Size of the root volume, in GiB.
    pub(crate) root_gib: u32,
    /// Only `IMDSv2` answers.
    pub(crate) imds_v2: bool,
    /// Starts the ECS agent at boot.
    pub(crate) has_ecs_agent: bool,
    /// Starts Weave Net before the ECS agent.
    pub(crate) has_weave: bool,
    /// Version of the ECS agent, or empty.
    pub(crate) agent_version: &'static str,
    /// Version of Docker, or empty.
    pub(crate) docker_version: &'static str,
    /// What its console calls the system.
    pub(crate) os: &'static str,
    pub(crate) kernel: &'static str,
}

/// Weaveworks' last list of images. Follows the table of weaveworks/integrations, `aws/ecs/README.md`.
const WEAVE: [(&str, &str); 11] = [
    ("us-east-1", "ami-f560d8e3"),
    ("us-east-2", "ami-13e2c676"),
    ("us-west-1", "ami-95cc97f5"),
    ("us-west-2", "ami-4fe87c2f"),
    ("eu-west-1", "ami-13c8f475"),
    ("eu-west-2", "ami-8a6276ee"),
    ("eu-central-1", "ami-216dbc4e"),
    ("ap-northeast-1", "ami-b2efb5d5"),
    ("ap-southeast-1", "ami-e152ee82"),
    ("ap-southeast-2", "ami-ac1b14cf"),
    ("ca-central-1", "ami-8104b9e5"),
];

fn al2023() -> Image {
    Image {
        id: String::new(),
        name: "al2023-ami-2023.9.20261109.0-kernel-6.1-x86_64",
        description: "Amazon Linux 2023 AMI 2023.9.20261109.0 x86_64 HVM kernel-6.1",
        owner_id: "137112412989",
        owner_alias: Some("amazon"),
        created_at: "2026-11-09T21:14:09.000Z",
        architecture: "x86_64",
        root_device: "/dev/xvda",
        root_gib: 8,
        imds_v2: true,
        has_ecs_agent: false,
        has_weave: false,
        agent_version: "",
        docker_version: "",
        os: "Amazon Linux 2023",
        kernel: "6.1.158-178.288.amzn2023.x86_64",
    }
}

fn al2023_arm() -> Image {
    Image {
        name: "al2023-ami-2023.9.20261109.0-kernel-6.1-arm64",
        description: "Amazon Linux 2023 AMI 2023.9.20261109.0 arm64 HVM kernel-6.1",
        architecture: "arm64",
        kernel: "6.1.158-178.288.amzn2023.aarch64",
        ..al2023()
    }
}

fn ecs() -> Image {
    Image {
        name: "al2023-ami-ecs-hvm-2023.0.20261030-kernel-6.1-x86_64",
        description: "Amazon Linux AMI 2023.0.20261030 x86_64 ECS HVM EBS",
        owner_id: "591542846629",
        created_at: "2026-10-30T22:41:37.000Z",
        root_gib: 30,
        has_ecs_agent: true,
        agent_version: "1.108.0",
        docker_version: "25.0.14",
        ..al2023()
    }
}

fn ecs_arm() -> Image {
    Image {
        name: "al2023-ami-ecs-hvm-2023.0.20261030-kernel-6.1-arm64",
        description: "Amazon Linux AMI 2023.0.20261030 arm64 ECS HVM EBS",
        architecture: "arm64",
        kernel: "6.1.158-178.288.amzn2023.aarch64",
        ..ecs()
    }
}

fn ecs_al2() -> Image {
    Image {
        name: "amzn2-ami-ecs-hvm-2.0.20260623-x86_64-ebs",
        description: "Amazon Linux AMI 2.0.20260623 x86_64 ECS HVM GP2",
        created_at: "2026-06-23T20:03:12.000Z",
        imds_v2: false,
        agent_version: "1.104.0",
        os: "Amazon Linux 2",
        kernel: "4.14.355-280.710.amzn2.x86_64",
        ..ecs()
    }
}

fn weave_ecs() -> Image {
    Image {
        name: "Weaveworks ECS Image (2017-04-03)",
        description: "Amazon ECS-optimized Amazon Linux with Weave Net 1.9.4 and Weave Scope 1.3.0",
        owner_id: "376248598259",
        owner_alias: None,
        created_at: "2017-04-03T13:20:45.000Z",
        root_gib: 8,
        imds_v2: false,
        has_ecs_agent: true,
        has_weave: true,
        agent_version: "1.14.1",
        docker_version: "1.12.6",
        os: "Amazon Linux AMI 2016.09",
        kernel: "4.4.51-40.58.amzn1.x86_64",
        ..al2023()
    }
}

/// Every image of a region, in the order of their ids.
pub(crate) fn all(region: &str) -> Vec<Image> {
    let own = [al2023(), al2023_arm(), ecs(), ecs_arm(), ecs_al2()];
    let mut images: Vec<Image> = own
        .into_iter()
        .map(|image| Image { id: derived("ami", &format!("{} in {region}", image.name)), ..image })
        .collect();
    let weave = WEAVE.iter().filter(|(name, _)| *name == region);
    images.extend(weave.map(|(_, id)| Image { id: (*id).to_owned(), ..weave_ecs() }));
    images.sort_by(|a, b| a.id.cmp(&b.id));
    images
}

/// The image of that id in a region.
pub(crate) fn find(region: &str, id: &str) -> Option<Image> {
    all(region).into_iter().find(|image| image.id == id)
}

/// The recommended ECS-optimized Amazon Linux 2023 image, `x86_64` or `arm64`, for Systems Manager's parameter.
pub(crate) fn ecs_optimized(region: &str, architecture: &str) -> Option<Image> {
    let name = if architecture == "arm64" { ecs_arm().name } else { ecs().name };
    all(region).into_iter().find(|image| image.name == name)
}

/// The last ECS-optimized Amazon Linux 2 image.
pub(crate) fn ecs_optimized_al2(region: &str) -> Option<Image> {
    all(region).into_iter().find(|image| image.name == ecs_al2().name)
}

/// The plain Amazon Linux 2023 image, `x86_64` or `arm64`.
pub(crate) fn amazon_linux(region: &str, architecture: &str) -> Option<Image> {
    let name = if architecture == "arm64" { al2023_arm().name } else { al2023().name };
    all(region).into_iter().find(|image| image.name == name)
}
