//! Letting time pass in a busy world: 100 services with 1,000 tasks.

use std::time::Instant;

use anyhow::{Context as _, ensure};
use practice::world::Caller;
use practice::{Command, Outcome, Time, World, apply, catch_up_wholly};
use serde_json::{Value, json};

use crate::table::{Table, quantile, sorted};

const HOUR_MS: i64 = 3_600_000;
const SERVICES: usize = 100;
const TASKS_PER_SERVICE: usize = 10;
const MOST_MS: f64 = 50.0;
const TIMES: usize = 9;
const START: Time = Time(1_795_252_353_000);

/// Measures.
pub(crate) fn measure(table: &mut Table) -> anyhow::Result<()> {
    let (world, now) = busy().context("building a busy world")?;
    let hour = |world: &World| {
        let mut world = world.clone();
        let begin = Instant::now();
        catch_up_wholly(&mut world, now.plus_ms(HOUR_MS));
        begin.elapsed().as_secs_f64() * 1000.0
    };
    let quiet = sorted((0..TIMES).map(|_| hour(&world)).collect());
    let middle = quantile(&quiet, 0.5);
    table.claim(
        format!("an hour passes, {SERVICES} services, {} tasks", SERVICES * TASKS_PER_SERVICE),
        format!("{middle:.2} ms"),
        format!("under {MOST_MS} ms"),
        middle < MOST_MS,
    );
    let mut deploying = world.clone();
    for n in 0..10 {
        let input =
            json!({"cluster": "bench", "service": format!("service-{n}"), "forceNewDeployment": true});
        call(&mut deploying, now, "ecs", "UpdateService", input)?;
    }
    let busy = sorted((0..3).map(|_| hour(&deploying)).collect());
    table.tell("  the same with ten services deployed anew", format!("{:.1} ms", quantile(&busy, 0.5)));
    let (mut aged, before) = (world.clone(), bytes(&world)?);
    for day in 1..=7 {
        catch_up_wholly(&mut aged, now.plus_ms(day * 24 * HOUR_MS));
    }
    let grown = bytes(&aged)?.cast_signed() - before.cast_signed();
    table.claim("  bytes it grows by in a quiet week", grown.to_string(), "none", grown <= 0);
    Ok(())
}

fn bytes(world: &World) -> anyhow::Result<usize> {
    Ok(serde_json::to_vec(world)?.len())
}

/// Calls an operation as the account's root.
pub(crate) fn call(
    world: &mut World,
    now: Time,
    service: &str,
    operation: &str,
    input: Value,
) -> anyhow::Result<Value> {
    let command = Command::Call {
        service: service.to_owned(),
        operation: operation.to_owned(),
        region: "us-east-1".to_owned(),
        caller: Caller::root(&world.account),
        input,
    };
    match apply(world, &command, now) {
        Outcome::Called(result) => result.with_context(|| operation.to_owned()),
        _ => anyhow::bail!("{operation} was no call"),
    }
}

/// A world in which 100 services have reached their 1,000 tasks.
fn busy() -> anyhow::Result<(World, Time)> {
    let mut world = World::new("123456789012", 7);
    let world_ = &mut world;
    let mut call =
        |service: &str, operation: &str, input: Value| call(world_, START, service, operation, input);
    let subnets = call("ec2", "DescribeSubnets", json!({}))?;
    let subnets: Vec<Value> = subnets["subnetSet"]
        .as_array()
        .context("the default subnets")?
        .iter()
        .take(2)
        .map(|subnet| subnet.get("subnetId").cloned().unwrap_or_default())
        .collect();
    call("ecs", "CreateCluster", json!({"clusterName": "bench"}))?;
    let container = json!({"name": "web", "image": "nginx", "portMappings": [{"containerPort": 80}]});
    let definition = json!({
        "family": "web", "containerDefinitions": [container], "networkMode": "awsvpc", "cpu": "256", "memory": "512",
        "requiresCompatibilities": ["FARGATE"],
    });
    call("ecs", "RegisterTaskDefinition", definition)?;
    for n in 0..SERVICES {
        let input = json!({
            "cluster": "bench", "serviceName": format!("service-{n}"), "taskDefinition": "web",
            "desiredCount": TASKS_PER_SERVICE, "launchType": "FARGATE",
            "networkConfiguration": {"awsvpcConfiguration": {"subnets": subnets, "assignPublicIp": "ENABLED"}},
        });
        call("ecs", "CreateService", input)?;
    }
    let mut now = START;
    for _ in 0..12 {
        now = now.plus_ms(HOUR_MS / 4);
        catch_up_wholly(world_, now);
    }
    let clusters = self::call(world_, now, "ecs", "DescribeClusters", json!({"clusters": ["bench"]}))?;
    let running = clusters["clusters"][0]["runningTasksCount"].as_u64();
    ensure!(running == Some((SERVICES * TASKS_PER_SERVICE) as u64), "{running:?} tasks run");
    Ok((world, now))
}
