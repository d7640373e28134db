//! The public parameters of a region, from EC2's images. Follows "Retrieving Amazon ECS-optimized Linux AMI
//! metadata" and "Calling AMI public parameters in Parameter Store".

use std::collections::BTreeMap;

use serde_json::json;

use crate::core::time::Time;
use crate::services::ec2::images::{self, Image};

/// One public parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parameter {
    pub(super) value: String,
    /// Or plain text.
    pub(super) is_image: bool,
    pub(super) modified_at: Time,
}

/// Every public parameter of a region, by name.
pub(super) fn all(region: &str) -> BTreeMap<String, Parameter> {
    let mut parameters = BTreeMap::new();
    for (tree, image) in [
        ("amazon-linux-2023", images::ecs_optimized(region, "x86_64")),
        ("amazon-linux-2023/arm64", images::ecs_optimized(region, "arm64")),
        ("amazon-linux-2", images::ecs_optimized_al2(region)),
    ] {
        let Some(image) = image else { continue };
        let root = format!("/aws/service/ecs/optimized-ami/{tree}");
        for name in ["recommended", image.name] {
            ecs(&mut parameters, &format!("{root}/{name}"), &image);
        }
    }
    for architecture in ["x86_64", "arm64"] {
        let Some(image) = images::amazon_linux(region, architecture) else { continue };
        for kernel in ["default", "6.1"] {
            let name =
                format!("/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-{kernel}-{architecture}");
            parameters.insert(name, parameter(&image, image.id.clone(), true));
        }
    }
    parameters
}

/// The parameter that tells all about an image, and one for each thing it tells.
fn ecs(parameters: &mut BTreeMap<String, Parameter>, name: &str, image: &Image) {
    let version = image_version(image.name);
    let runtime = format!("Docker version {}", image.docker_version);
    let facts = [
        ("ecs_agent_version", image.agent_version),
        ("ecs_runtime_version", runtime.as_str()),
        ("image_id", image.id.as_str()),
        ("image_name", image.name),
        ("image_version", version),
        ("os", image.os),
    ];
    let mut whole = serde_json::Map::from_iter([("schema_version".to_owned(), json!(1))]);
    for (fact, value) in facts {
        whole.insert(fact.to_owned(), json!(value));
        let parameter = parameter(image, value.to_owned(), fact == "image_id");
        parameters.insert(format!("{name}/{fact}"), parameter);
    }
    parameters.insert(name.to_owned(), parameter(image, serde_json::Value::Object(whole).to_string(), false));
}

/// `2023.0.20261030` in `al2023-ami-ecs-hvm-2023.0.20261030-kernel-6.1-x86_64`.
fn image_version(name: &str) -> &str {
    name.split('-').find(|part| part.starts_with("20") || part.starts_with("2.0.")).unwrap_or_default()
}

fn parameter(image: &Image, value: String, is_image: bool) -> Parameter {
    Parameter { value, is_image, modified_at: Time::parse(image.created_at).unwrap_or_default() }
}
