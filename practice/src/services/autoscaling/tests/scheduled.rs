use serde_json::{Value, json};

use super::{activities, configure, create, group, states, subnets};
use crate::core::time::Time;
use crate::testing::Lab;

fn ready() -> Lab {
    let mut lab = Lab::new();
    configure(&mut lab);
    let (a, _) = subnets(&mut lab);
    create(&mut lab, 1, &a);
    lab.advance(60);
    lab
}

/// So many seconds from now.
fn later(lab: &Lab, seconds: i64) -> String {
    lab.now.plus_ms(seconds * 1000).iso()
}

fn put(lab: &mut Lab, name: &str, more: &Value) -> Result<(), String> {
    let mut input = json!({"AutoScalingGroupName": "g", "ScheduledActionName": name});
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let answer = lab.try_call("autoscaling", "PutScheduledUpdateGroupAction", input);
    answer.map(|_| ()).map_err(|fault| format!("{}: {}", fault.code, fault.message))
}

fn actions(lab: &mut Lab) -> Vec<Value> {
    let all = lab.call("autoscaling", "DescribeScheduledActions", json!({"AutoScalingGroupName": "g"}));
    all["ScheduledUpdateGroupActions"].as_array().unwrap().clone()
}

#[test]
fn once_at_its_time() {
    let mut lab = ready();
    let at = later(&lab, 600);
    put(&mut lab, "once", &json!({"StartTime": at, "MinSize": "2", "MaxSize": "4", "DesiredCapacity": "3"}))
        .unwrap();
    assert_eq!(actions(&mut lab)[0]["ScheduledActionName"], "once");
    lab.advance(590);
    assert_eq!(group(&mut lab)["DesiredCapacity"], 1);
    lab.advance(120);
    assert_eq!(
        (group(&mut lab)["MinSize"].clone(), group(&mut lab)["MaxSize"].clone()),
        (json!(2), json!(4))
    );
    assert_eq!(states(&mut lab), ["InService"; 3]);
    assert!(actions(&mut lab).is_empty(), "it has run");
    let cause = activities(&mut lab)[0]["Cause"].as_str().unwrap().to_owned();
    assert!(
        cause.contains("a scheduled action update of AutoScalingGroup constraints to min: 2, max: 4, desired: 3 changing the desired capacity from 1 to 3."),
        "{cause}"
    );
}

#[test]
fn by_cron_until_its_end() {
    let mut lab = ready();
    let end = later(&lab, 3 * 86_400);
    put(&mut lab, "up", &json!({"Recurrence": "0 8 * * *", "EndTime": end, "DesiredCapacity": 4})).unwrap();
    put(&mut lab, "down", &json!({"Recurrence": "30 20 * * *", "TimeZone": "Etc/UTC", "DesiredCapacity": 0}))
        .unwrap();
    let due = Time::parse(actions(&mut lab)[0]["StartTime"].as_str().unwrap()).unwrap();
    lab.advance((due.since(lab.now)) / 1000 + 60);
    let first = group(&mut lab)["DesiredCapacity"].clone();
    lab.advance(43_200);
    let second = group(&mut lab)["DesiredCapacity"].clone();
    let mut both = [first.as_i64().unwrap(), second.as_i64().unwrap()];
    both.sort_unstable();
    assert_eq!(both, [0, 4]);
    lab.advance(4 * 86_400);
    let names: Vec<Value> = actions(&mut lab).iter().map(|one| one["ScheduledActionName"].clone()).collect();
    assert_eq!(names, ["down"], "the other has reached its end");
    let suspend = json!({"AutoScalingGroupName": "g", "ScalingProcesses": ["ScheduledActions"]});
    lab.call("autoscaling", "SuspendProcesses", suspend);
    lab.call("autoscaling", "SetDesiredCapacity", json!({"AutoScalingGroupName": "g", "DesiredCapacity": 1}));
    lab.advance(2 * 86_400);
    assert_eq!(group(&mut lab)["DesiredCapacity"], 1);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let mut lab = ready();
    let (past, soon) = (later(&lab, -60), later(&lab, 600));
    for (more, starts) in [
        (json!({"StartTime": past, "MinSize": 1}), "ValidationError: Given start time is in the past"),
        (json!({"StartTime": soon}), "ValidationError: At least one of"),
        (json!({"MinSize": 1}), "ValidationError: Either StartTime or Recurrence"),
        (json!({"Recurrence": "every day", "MinSize": 1}), "ValidationError: Given recurrence string"),
        (json!({"StartTime": soon, "MinSize": 3, "MaxSize": 2}), "ValidationError: MinSize, "),
        (
            json!({"Recurrence": "0 8 * * *", "MinSize": 1, "TimeZone": "Pacific/Tahiti"}),
            "ValidationError: The time zone",
        ),
    ] {
        let refused = put(&mut lab, "x", &more).unwrap_err();
        assert!(refused.starts_with(starts), "{more}: {refused}");
    }
    put(&mut lab, "x", &json!({"StartTime": soon, "MinSize": 1})).unwrap();
    let refused = put(&mut lab, "y", &json!({"StartTime": soon, "MinSize": 1})).unwrap_err();
    assert!(refused.starts_with("AlreadyExists: "), "{refused}");
    let batch = json!({"AutoScalingGroupName": "g", "ScheduledUpdateGroupActions": [
        {"ScheduledActionName": "a", "Recurrence": "0 1 * * *", "MinSize": 0},
        {"ScheduledActionName": "b", "Recurrence": "0 25 * * *", "MinSize": 0}]});
    let failed = lab.call("autoscaling", "BatchPutScheduledUpdateGroupAction", batch);
    assert_eq!(failed["FailedScheduledUpdateGroupActions"][0]["ScheduledActionName"], "b");
    let batch = json!({"AutoScalingGroupName": "g", "ScheduledActionNames": ["a", "b"]});
    let failed = lab.call("autoscaling", "BatchDeleteScheduledAction", batch);
    assert_eq!(failed["FailedScheduledActions"].as_array().unwrap().len(), 1);
    let one = json!({"AutoScalingGroupName": "g", "ScheduledActionName": "x"});
    lab.call("autoscaling", "DeleteScheduledAction", one.clone());
    assert_eq!(lab.refused("autoscaling", "DeleteScheduledAction", one), "ValidationError");
}
