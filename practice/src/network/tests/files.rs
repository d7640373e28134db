//! What programs write to files, and who sees it.

use super::*;

const SCRIPT: &str = "mkdir -p /myapp/data; A=$(hostname -i); echo \"Hi, this is the task at $A\" > /myapp/index.html; echo \"$A started\" >> /myapp/data/started.txt; sleep 40; exec httpd -f -p 8080 -h /myapp";

/// Fargate tasks of the first default subnet, in a world without anything else.
struct Tasks {
    lab: Lab,
    subnet: String,
    group: String,
}

impl Tasks {
    fn new() -> Self {
        let mut lab = Lab::new();
        lab.call("ecs", "CreateCluster", json!({"clusterName": "c"}));
        let subnets = lab.call("ec2", "DescribeSubnets", json!({}));
        let subnet = &subnets["subnetSet"][0];
        let input = json!({"GroupName": "web", "GroupDescription": "web", "VpcId": subnet["vpcId"]});
        let group = text(&lab.call("ec2", "CreateSecurityGroup", input)["groupId"]);
        let all = json!({"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]});
        let input = json!({"GroupId": group, "IpPermissions": [all]});
        lab.call("ec2", "AuthorizeSecurityGroupIngress", input);
        Self { subnet: text(&subnet["subnetId"]), lab, group }
    }

    fn define(&mut self, containers: &Value, volumes: &Value) {
        let input = json!({"family": "f", "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc",
            "cpu": "256", "memory": "512", "containerDefinitions": containers, "volumes": volumes});
        self.lab.call("ecs", "RegisterTaskDefinition", input);
    }

    /// A task that has just got to `RUNNING`: its ARN, private address and public address.
    fn run(&mut self) -> (String, String, String) {
        let network = json!({"awsvpcConfiguration": {"subnets": [self.subnet], "securityGroups": [self.group], "assignPublicIp": "ENABLED"}});
        let input = json!({"cluster": "c", "taskDefinition": "f", "launchType": "FARGATE", "networkConfiguration": network});
        let arn = text(&self.lab.call("ecs", "RunTask", input)["tasks"][0]["taskArn"]);
        let look = json!({"cluster": "c", "tasks": [arn]});
        for _ in 0..600 {
            self.lab.advance(1);
            let task = self.lab.call("ecs", "DescribeTasks", look.clone())["tasks"][0].clone();
            if task["lastStatus"] != "RUNNING" {
                assert_ne!(task["lastStatus"], "STOPPED", "{task}");
                continue;
            }
            let private = text(&task["containers"][0]["networkInterfaces"][0]["privateIpv4Address"]);
            let filter = json!({"Filter": [{"Name": "addresses.private-ip-address", "Value": [private]}]});
            let found = self.lab.call("ec2", "DescribeNetworkInterfaces", filter);
            return (arn, private, text(&found["networkInterfaceSet"][0]["association"]["publicIp"]));
        }
        panic!("it never ran");
    }

    fn visit(&mut self, host: &str, path: &str) -> SiteAnswer {
        let (host, path, method) = (host.to_owned(), path.to_owned(), "GET".to_owned());
        let request =
            SiteRequest { host, port: 8080, method, path, entropy: 1, headers: vec![], body: String::new() };
        match apply(&mut self.lab.world, &Command::Visit(request), self.lab.now) {
            Outcome::Visited(answer) => answer,
            other => panic!("a visit came to {other:?}"),
        }
    }

    fn page(&mut self, host: &str, path: &str) -> String {
        body(self.visit(host, path))
    }
}

fn web(script: &str, mounts: &Value) -> Value {
    json!([{"name": "web", "image": "public.ecr.aws/docker/library/busybox:stable", "essential": true,
        "portMappings": [{"containerPort": 8080}], "entryPoint": ["sh", "-c"], "command": [script], "mountPoints": mounts}])
}

#[test]
fn a_web_server_serves_the_files_that_its_script_wrote() {
    let mut tasks = Tasks::new();
    let mount = json!([{"sourceVolume": "data", "containerPath": "/myapp/data"}]);
    tasks.define(&web(SCRIPT, &mount), &json!([{"name": "data"}]));
    let (_, first, public) = tasks.run();
    tasks.lab.advance(30);
    assert!(refused(tasks.visit(&public, "/")).contains("does not listen on port 8080"));
    tasks.lab.advance(12);
    assert_eq!(tasks.page(&public, "/"), format!("Hi, this is the task at {first}\n"));
    assert_eq!(tasks.page(&public, "/data/started.txt"), format!("{first} started\n"));
    for missing in ["/healthz", "/data/", "/data/../../etc/passwd"] {
        let SiteAnswer::Page { status, .. } = tasks.visit(&public, missing) else { panic!("no page") };
        assert_eq!(status, 404, "{missing}");
    }
    let (_, second, public) = tasks.run();
    tasks.lab.advance(45);
    assert_eq!(tasks.page(&public, "/data/started.txt"), format!("{second} started\n"), "each has its own");
}

#[test]
fn files_on_efs_are_everybodys_and_outlive_their_writers() {
    let mut tasks = Tasks::new();
    let efs = "elasticfilesystem";
    let made = tasks.lab.call(efs, "CreateFileSystem", json!({"CreationToken": "data"}));
    let id = text(&made["FileSystemId"]);
    tasks.lab.advance(30);
    let target = json!({"FileSystemId": id, "SubnetId": tasks.subnet, "SecurityGroups": [tasks.group]});
    tasks.lab.call(efs, "CreateMountTarget", target);
    tasks.lab.advance(120);
    let volume = json!([{"name": "data", "efsVolumeConfiguration": {"fileSystemId": id}}]);
    let mount = json!([{"sourceVolume": "data", "containerPath": "/myapp/data"}]);
    tasks.define(&web(SCRIPT, &mount), &volume);
    let (arn, first, _) = tasks.run();
    tasks.lab.call("ecs", "StopTask", json!({"cluster": "c", "task": arn}));
    tasks.lab.advance(300);
    let (_, second, public) = tasks.run();
    tasks.lab.advance(45);
    let both = format!("{first} started\n{second} started\n");
    assert_eq!(tasks.page(&public, "/data/started.txt"), both);
    let (_, third, other) = tasks.run();
    assert_eq!(tasks.page(&public, "/data/started.txt"), format!("{both}{third} started\n"), "at once");
    tasks.lab.advance(45);
    assert_eq!(tasks.page(&other, "/"), format!("Hi, this is the task at {third}\n"), "that one is its own");

    let script = format!("for=1; {}; exec httpd -f -p 8080 -h /d", ["echo x >> /d/f"; 40].join("; "));
    let mount = json!([{"sourceVolume": "data", "containerPath": "/d"}]);
    tasks.define(&web(&script, &mount), &volume);
    tasks.run();
    let (_, _, public) = tasks.run();
    assert_eq!(tasks.page(&public, "/f").lines().count(), 64, "the last ones");
}

#[test]
fn a_volume_of_the_task_is_shared_by_its_containers() {
    let mut tasks = Tasks::new();
    let mounts =
        |path: &str| json!([{"sourceVolume": "site", "containerPath": path, "readOnly": path == "/www"}]);
    let mut containers = web("echo mine > /www/index.html; exec httpd -f -p 8080 -h /www", &mounts("/www"));
    containers[0]["dependsOn"] = json!([{"containerName": "fetch", "condition": "SUCCESS"}]);
    let fetch = json!({"name": "fetch", "image": "alpine", "essential": false, "mountPoints": mounts("/out"),
        "command": ["sh", "-c", "{ echo fetched; echo twice; } > /out/draft; mv /out/draft /out/index.html"]});
    containers.as_array_mut().unwrap().push(fetch);
    tasks.define(&containers, &json!([{"name": "site"}]));
    let (_, _, public) = tasks.run();
    tasks.lab.advance(5);
    assert_eq!(tasks.page(&public, "/"), "fetched\ntwice\n");
}

#[test]
fn a_task_whose_file_system_cannot_be_mounted_does_not_start() {
    let mut tasks = Tasks::new();
    let made = tasks.lab.call("elasticfilesystem", "CreateFileSystem", json!({"CreationToken": "data"}));
    tasks.lab.advance(30);
    let efs =
        json!({"fileSystemId": made["FileSystemId"], "rootDirectory": "/a", "transitEncryption": "ENABLED"});
    let volume = json!([{"name": "data", "efsVolumeConfiguration": efs}]);
    let mount = json!([{"sourceVolume": "data", "containerPath": "/myapp/data"}]);
    tasks.define(&web(SCRIPT, &mount), &volume);
    let network = json!({"awsvpcConfiguration": {"subnets": [tasks.subnet], "assignPublicIp": "ENABLED"}});
    let input = json!({"cluster": "c", "taskDefinition": "f", "launchType": "FARGATE", "networkConfiguration": network});
    let arn = tasks.lab.call("ecs", "RunTask", input)["tasks"][0]["taskArn"].clone();
    tasks.lab.advance(420);
    let task =
        tasks.lab.call("ecs", "DescribeTasks", json!({"cluster": "c", "tasks": [arn]}))["tasks"][0].clone();
    assert_eq!((&task["lastStatus"], &task["stopCode"]), (&json!("STOPPED"), &json!("TaskFailedToStart")));
    let reason = text(&task["stoppedReason"]);
    assert!(
        reason.starts_with("ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: Failed to resolve"),
        "{reason}"
    );
    for wrong in [
        json!({}),
        json!({"fileSystemId": "fs-1", "rootDirectory": "a"}),
        json!({"fileSystemId": "fs-1", "authorizationConfig": {"accessPointId": "fsap-1"}}),
        json!({"fileSystemId": "fs-1", "authorizationConfig": {"accessPointId": "fsap-1"}, "rootDirectory": "/a", "transitEncryption": "ENABLED"}),
    ] {
        let input = json!({"family": "g", "containerDefinitions": web(SCRIPT, &mount), "volumes":
            [{"name": "data", "efsVolumeConfiguration": wrong}]});
        assert_eq!(tasks.lab.refused("ecs", "RegisterTaskDefinition", input), "ClientException");
    }
}
