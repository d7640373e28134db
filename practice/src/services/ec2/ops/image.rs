//! Machine images.

use serde_json::{Value, json};

use crate::core::fault::Fault;
use crate::services::ec2::ask::{Asked, Noun, flag, listing, one, select, tag_set};
use crate::services::ec2::images::{self, Image};
use crate::services::ec2::instance::derived;
use crate::world::View;

impl Noun for Image {
    const FILTERS: &'static [&'static str] = &[
        "architecture",
        "block-device-mapping.volume-type",
        "creation-date",
        "description",
        "ena-support",
        "hypervisor",
        "image-id",
        "image-type",
        "is-public",
        "name",
        "owner-alias",
        "owner-id",
        "platform-details",
        "root-device-name",
        "root-device-type",
        "state",
        "virtualization-type",
    ];
    const KIND: &'static str = "ami";

    fn id(&self) -> &str {
        &self.id
    }

    fn values(&self, _: &View<'_>, filter: &str) -> Vec<String> {
        match filter {
            "architecture" => one(self.architecture),
            "block-device-mapping.volume-type" => one(volume_type(self)),
            "creation-date" => one(self.created_at),
            "description" => one(self.description),
            "ena-support" | "is-public" => flag(true),
            "hypervisor" => one("xen"),
            "image-type" => one("machine"),
            "name" => one(self.name),
            "owner-alias" => self.owner_alias.map(str::to_owned).into_iter().collect(),
            "owner-id" => one(self.owner_id),
            "platform-details" => one("Linux/UNIX"),
            "root-device-name" => one(self.root_device),
            "root-device-type" => one("ebs"),
            "state" => one("available"),
            "virtualization-type" => one("hvm"),
            _ => one(&self.id),
        }
    }
}

fn volume_type(image: &Image) -> &'static str {
    if image.imds_v2 { "gp3" } else { "gp2" }
}

fn shape(view: &View<'_>, image: &Image) -> Value {
    let owner = image.owner_alias.unwrap_or(image.owner_id);
    json!({
        "imageId": image.id,
        "imageLocation": format!("{owner}/{}", image.name),
        "imageState": "available",
        "imageOwnerId": image.owner_id,
        "imageOwnerAlias": image.owner_alias,
        "isPublic": true,
        "architecture": image.architecture,
        "imageType": "machine",
        "platformDetails": "Linux/UNIX",
        "usageOperation": "RunInstances",
        "name": image.name,
        "description": image.description,
        "rootDeviceType": "ebs",
        "rootDeviceName": image.root_device,
        "blockDeviceMapping": [{
            "deviceName": image.root_device,
            "ebs": {
                "snapshotId": derived("snap", &image.id),
                "volumeSize": image.root_gib,
                "deleteOnTermination": true,
                "volumeType": volume_type(image),
                "encrypted": false,
            },
        }],
        "virtualizationType": "hvm",
        "tagSet": tag_set(view.region.ec2.tags_of(&image.id)),
        "hypervisor": "xen",
        "enaSupport": true,
        "sriovNetSupport": "simple",
        "creationDate": image.created_at,
        "imdsSupport": image.imds_v2.then_some("v2.0"),
    })
}

pub(crate) fn describe(view: &View<'_>, input: Asked) -> Result<Value, Fault> {
    let owned = |image: &Image| {
        let by = |owner: &String| {
            let alias = image.owner_alias.is_some_and(|alias| alias == owner);
            alias || image.owner_id == owner || (owner == "self" && image.owner_id == view.account)
        };
        input.owners.is_empty() || input.owners.iter().any(by)
    };
    let images: Vec<Image> = images::all(&view.region.name).into_iter().filter(owned).collect();
    let page = select(view, images.iter(), &input)?;
    let items = page.items.into_iter().map(|image| shape(view, image)).collect();
    Ok(listing("imagesSet", items, page.next))
}
