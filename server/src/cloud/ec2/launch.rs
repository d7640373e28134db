//! Launch templates and what an instance is started from.

use super::{Ec2, Form, Launch, LaunchTemplate, LaunchTemplateVersion, Trouble};
use crate::cloud::thin::xml::Element;

impl Ec2 {
    pub(crate) async fn launch_templates(&self) -> Result<Vec<LaunchTemplate>, Trouble> {
        self.list("DescribeLaunchTemplates", Form::new(), "launchTemplates", |e| LaunchTemplate {
            launch_template_id: e.string("launchTemplateId"),
            launch_template_name: e.string("launchTemplateName"),
            default_version: e.number("defaultVersionNumber").unwrap_or_default(),
            latest_version: e.number("latestVersionNumber").unwrap_or_default(),
        })
        .await
    }

    /// One version of one template; `version` is a number, `$Latest` or `$Default`.
    pub(crate) async fn launch_template_version(
        &self,
        template_id: &str,
        version: &str,
    ) -> Result<Option<LaunchTemplateVersion>, Trouble> {
        let form = vec![
            ("LaunchTemplateId".to_owned(), template_id.to_owned()),
            ("LaunchTemplateVersion.1".to_owned(), version.to_owned()),
        ];
        let versions = self
            .list("DescribeLaunchTemplateVersions", form, "launchTemplateVersionSet", |e| {
                LaunchTemplateVersion {
                    launch_template_id: e.string("launchTemplateId"),
                    launch_template_name: e.string("launchTemplateName"),
                    version: e.number("versionNumber").unwrap_or_default(),
                    is_default: e.is_true("defaultVersion"),
                    launch: e.child("launchTemplateData").map(launch).unwrap_or_default(),
                }
            })
            .await?;
        Ok(versions.into_iter().next())
    }
}

fn launch(e: &Element) -> Launch {
    let interface = e.items("networkInterfaceSet").next();
    let listed = |list: &str| e.items(list).map(own_text).collect::<Vec<_>>();
    let mut groups = listed("securityGroupIdSet");
    groups.extend(listed("securityGroupSet"));
    groups.extend(interface.into_iter().flat_map(|i| i.items("groupSet").map(own_text)));
    Launch {
        image_id: e.string("imageId"),
        instance_type: e.string("instanceType"),
        key_name: e.maybe("keyName"),
        instance_profile: e.maybe("iamInstanceProfile.name").or_else(|| e.maybe("iamInstanceProfile.arn")),
        security_groups: groups,
        public_address: interface
            .and_then(|i| i.maybe("associatePublicIpAddress"))
            .map(|text| text == "true"),
        user_data: decoded(e.text("userData")),
    }
}

/// The text of a list item that is a plain value, or of the group id in one that is not.
fn own_text(item: &Element) -> String {
    item.maybe("groupId").unwrap_or_else(|| item.own_text().to_owned())
}

/// Base64 to text. What is not base64, or not text, is kept as far as it can be read: it is shown, not run.
pub(crate) fn decoded(encoded: &str) -> String {
    let compact: String = encoded.split_whitespace().collect();
    match aws_smithy_types::base64::decode(&compact) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(_) => encoded.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_version_reads_both_ways_of_naming_groups() {
        let tree = Element::parse(
            br"<launchTemplateData><imageId>ami-1</imageId><userData>IyEvYmluL3NoCg==</userData>
            <iamInstanceProfile><name>p</name></iamInstanceProfile>
            <securityGroupIdSet><item>sg-1</item></securityGroupIdSet><networkInterfaceSet><item>
            <associatePublicIpAddress>true</associatePublicIpAddress>
            <groupSet><item>sg-2</item></groupSet></item></networkInterfaceSet></launchTemplateData>",
        )
        .unwrap();
        let launch = launch(&tree);
        assert_eq!(launch.security_groups, ["sg-1", "sg-2"]);
        assert_eq!(launch.public_address, Some(true));
        assert_eq!(launch.instance_profile.as_deref(), Some("p"));
        assert_eq!(launch.user_data, "#!/bin/sh\n");
    }
}
