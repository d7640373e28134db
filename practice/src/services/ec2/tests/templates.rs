use serde_json::json;

use super::{Net, id};
use crate::testing::Lab;

#[test]
fn templates_have_versions() {
    let mut lab = Lab::new();
    let net = Net::new(&mut lab);
    let interface = json!({"DeviceIndex": "0", "AssociatePublicIpAddress": "true", "SubnetId": net.subnet});
    let data = json!({"ImageId": "ami-f560d8e3", "InstanceType": "t2.nano", "NetworkInterface": [interface]});
    let input = json!({"LaunchTemplateName": "demo", "LaunchTemplateData": data});
    let template = id(&lab.ec2("CreateLaunchTemplate", input.clone())["launchTemplate"]["launchTemplateId"]);
    assert_eq!(
        lab.ec2_refused("CreateLaunchTemplate", input),
        "InvalidLaunchTemplateName.AlreadyExistsException"
    );
    let bad = json!({"LaunchTemplateName": "a b", "LaunchTemplateData": {}});
    assert_eq!(lab.ec2_refused("CreateLaunchTemplate", bad), "InvalidLaunchTemplateName.MalformedException");
    let bad = json!({"LaunchTemplateName": "other", "LaunchTemplateData": {"UserData": "#!"}});
    assert_eq!(lab.ec2_refused("CreateLaunchTemplate", bad), "InvalidUserData.Malformed");
    let changed = json!({"LaunchTemplateName": "demo", "SourceVersion": "1",
        "LaunchTemplateData": {"InstanceType": "t2.micro"}});
    let second = lab.ec2("CreateLaunchTemplateVersion", changed);
    let second = &second["launchTemplateVersion"];
    assert_eq!((&second["versionNumber"], &second["defaultVersion"]), (&json!(2), &json!(false)));
    assert_eq!(second["launchTemplateData"]["imageId"], "ami-f560d8e3");
    let run = |version: &str| json!({"MinCount": 1, "MaxCount": 1, "LaunchTemplate": {"LaunchTemplateName": "demo", "Version": version}});
    let launched = lab.ec2("RunInstances", run("$Latest"));
    assert_eq!(launched["instancesSet"][0]["instanceType"], "t2.micro");
    let launched = lab.ec2("RunInstances", run("$Default"));
    assert_eq!(launched["instancesSet"][0]["instanceType"], "t2.nano");
    assert_eq!(launched["instancesSet"][0]["tagSet"][1]["value"], "1");
    assert_eq!(lab.ec2_refused("RunInstances", run("9")), "InvalidLaunchTemplateId.VersionNotFound");
    lab.ec2("ModifyLaunchTemplate", json!({"LaunchTemplateId": template, "SetDefaultVersion": "2"}));
    let versions = lab.ec2("DescribeLaunchTemplateVersions", json!({"LaunchTemplateId": template}));
    assert_eq!(versions["launchTemplateVersionSet"][0]["versionNumber"], 2);
    let delete = json!({"LaunchTemplateId": template, "LaunchTemplateVersion": ["1", "2", "7"]});
    let deleted = lab.ec2("DeleteLaunchTemplateVersions", delete);
    let gone = deleted["successfullyDeletedLaunchTemplateVersionSet"].as_array().unwrap();
    let stayed = deleted["unsuccessfullyDeletedLaunchTemplateVersionSet"].as_array().unwrap();
    assert_eq!((gone.len(), stayed.len()), (1, 2));
    lab.ec2("DeleteLaunchTemplate", json!({"LaunchTemplateName": "demo"}));
    let gone = lab.ec2_refused("DescribeLaunchTemplates", json!({"LaunchTemplateId": [template]}));
    assert_eq!(gone, "InvalidLaunchTemplateId.NotFound");
}
