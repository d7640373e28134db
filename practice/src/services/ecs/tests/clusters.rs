use super::*;
use crate::services::ecs::model::Cluster;

#[test]
fn creating_is_idempotent_and_deleting_leaves_inactive() {
    let mut lab = Lab::new();
    let first = lab.ecs("CreateCluster", json!({"clusterName": "c", "tags": [{"key": "a", "value": "b"}]}));
    assert_eq!(first, lab.ecs("CreateCluster", json!({"clusterName": "c"})));
    let arn = "arn:aws:ecs:us-east-1:123456789012:cluster/c";
    assert_eq!(first["cluster"]["clusterArn"], arn);
    assert_eq!(first["cluster"]["settings"], json!([{"name": "containerInsights", "value": "disabled"}]));
    lab.ecs("CreateCluster", json!({}));
    let list = lab.ecs("ListClusters", json!({"maxResults": 1}));
    assert_eq!(list["clusterArns"], json!([arn]));
    let rest = lab.ecs("ListClusters", json!({"nextToken": list["nextToken"]}));
    assert_eq!(last(&rest["clusterArns"][0]), "default");
    assert_eq!(lab.ecs("DeleteCluster", json!({"cluster": arn}))["cluster"]["status"], "INACTIVE");
    let look = lab.ecs("DescribeClusters", json!({"clusters": ["c", "x"], "include": ["TAGS"]}));
    assert_eq!(look["clusters"][0]["status"], "INACTIVE");
    let missing = "arn:aws:ecs:us-east-1:123456789012:cluster/x";
    assert_eq!(look["failures"], json!([{"arn": missing, "reason": "MISSING"}]));
    assert_eq!(lab.no("DeleteCluster", json!({"cluster": "c"})).0, "ClusterNotFoundException");
    assert_eq!(lab.no("ListTasks", json!({"cluster": "c"})).1, "Cluster not found.");
    lab.ecs("CreateCluster", json!({"clusterName": "c"}));
    assert_eq!(lab.figure("registeredContainerInstancesCount"), 0);
}

#[test]
fn a_cluster_in_use_stays() {
    let mut lab = Lab::cluster(1, "t2.micro");
    assert_eq!(
        lab.no("DeleteCluster", json!({"cluster": "c"})).0,
        "ClusterContainsContainerInstancesException"
    );
    lab.family("f", &json!({}));
    lab.service("f", 1, &json!({}));
    let host = lab.hosts()[0].clone();
    lab.settle();
    let deregister = json!({"cluster": "c", "containerInstance": host});
    assert_eq!(lab.no("DeregisterContainerInstance", deregister).1, "Found running tasks on the instance.");
    let force = json!({"cluster": "c", "containerInstance": host, "force": true});
    let answer = lab.ecs("DeregisterContainerInstance", force);
    assert_eq!(answer["containerInstance"]["status"], "INACTIVE");
    assert_eq!(lab.no("DeleteCluster", json!({"cluster": "c"})).0, "ClusterContainsServicesException");
    lab.ecs("DeleteService", json!({"cluster": "c", "service": "s", "force": true}));
    lab.settle();
    assert_eq!(lab.look()["status"], "INACTIVE");
    lab.ecs("DeleteCluster", json!({"cluster": "c"}));
}

#[test]
fn tags_attributes_and_settings() {
    let mut lab = Lab::cluster(2, "t2.micro");
    let arn = lab.ecs("ListContainerInstances", json!({"cluster": "c"}))["containerInstanceArns"][0].clone();
    lab.ecs("TagResource", json!({"resourceArn": arn, "tags": [{"key": "k", "value": "v"}]}));
    let tags = lab.ecs("ListTagsForResource", json!({"resourceArn": arn}));
    assert_eq!(tags, json!({"tags": [{"key": "k", "value": "v"}]}));
    lab.ecs("UntagResource", json!({"resourceArn": arn, "tagKeys": ["k"]}));
    assert_eq!(lab.ecs("ListTagsForResource", json!({"resourceArn": arn})), json!({"tags": []}));
    let put = json!({"cluster": "c", "attributes": [{"name": "stack", "value": "prod", "targetId": arn}]});
    lab.ecs("PutAttributes", put);
    let filter = |text: &str| json!({"cluster": "c", "filter": text});
    let list = lab.ecs("ListContainerInstances", filter("attribute:stack == prod"));
    assert_eq!(list["containerInstanceArns"], json!([arn]));
    let all = lab.ecs("ListContainerInstances", filter("attribute:ecs.instance-type =~ t2.*"));
    assert_eq!(all["containerInstanceArns"].as_array().unwrap().len(), 2);
    assert_eq!(lab.no("ListContainerInstances", filter("nonsense")).0, "InvalidParameterException");
    let reserved =
        json!({"cluster": "c", "attributes": [{"name": "ecs.ami-id", "value": "x", "targetId": arn}]});
    assert_eq!(lab.no("PutAttributes", reserved).0, "InvalidParameterException");
    lab.ecs("PutAccountSetting", json!({"name": "containerInsights", "value": "enabled"}));
    let effective = json!({"effectiveSettings": true, "name": "containerInsights"});
    assert_eq!(lab.ecs("ListAccountSettings", effective)["settings"][0]["value"], "enabled");
    assert_eq!(
        lab.no("PutAccountSetting", json!({"name": "x", "value": "y"})).0,
        "InvalidParameterException"
    );
    let (code, message) =
        lab.no("CreateCapacityProvider", json!({"name": "x", "managedInstancesProvider": {}}));
    assert_eq!(code, "UnsupportedFeatureException");
    assert!(message.contains("Managed Instances"), "{message}");
}

#[test]
fn a_world_holds_so_much_and_no_more() {
    let mut lab = Lab::new();
    lab.ecs("CreateCluster", json!({"clusterName": "c0"}));
    let model = &mut lab.world.regions.get_mut("us-east-1").unwrap().ecs;
    let cluster = model.clusters["c0"].clone();
    for n in 1..1_000 {
        let name = format!("c{n}");
        model.clusters.insert(name.clone(), Cluster { name, ..cluster.clone() });
    }
    let (code, message) = lab.no("CreateCluster", json!({"clusterName": "more"}));
    let limit = "The limit for the resource was exceeded: 1000 clusters.";
    assert_eq!((code.as_str(), message.as_str()), ("ClientException", limit));
    lab.ecs("CreateCluster", json!({"clusterName": "c7"}));
    lab.ecs("DeleteCluster", json!({"cluster": "c7"}));
    lab.ecs("CreateCluster", json!({"clusterName": "more"}));
    let long = "x".repeat(60_000);
    let definition = json!({"family": "f", "containerDefinitions":
        [{"name": "main", "image": "nginx", "memory": 100, "command": [long]}]});
    lab.ecs("RegisterTaskDefinition", definition.clone());
    let family = lab.world.regions.get_mut("us-east-1").unwrap().ecs.families.get_mut("f").unwrap();
    let revision = family.revisions[&1].clone();
    family.revisions.extend((2..=66).map(|number| (number, revision.clone())));
    family.last = 66;
    assert_eq!(lab.no("RegisterTaskDefinition", definition).0, "ClientException");
    lab.family("small", &json!({}));
}
