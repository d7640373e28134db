//! The practice endpoint beside moto's server: two processes on loopback, asked the same by the same client, in
//! turns. Drydock verifies every signature and asks IAM; moto does neither.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::load::{self, Load};
use crate::signing;
use crate::table::{Table, quantile, sorted};

const TARGET: &str = "AmazonEC2ContainerServiceV20141113";
/// Ours must answer that many times as many requests as moto.
const TIMES: f64 = 20.0;
/// Rounds in which the servers take turns; the median counts.
const ROUNDS: u32 = 5;
const STARTS_WITHIN: Duration = Duration::from_secs(30);

struct Server {
    name: &'static str,
    at: SocketAddr,
    key: (String, String),
    _process: Child,
}

/// Measures both servers.
pub(crate) async fn measure(table: &mut Table, tools: Option<&Path>, seconds: u64) -> anyhow::Result<()> {
    let lasts = Duration::from_secs(seconds);
    let mut servers = vec![drydock().await?];
    match tools {
        Some(tools) => servers.push(moto(&tools.join("moto_server")).await?),
        None => eprintln!("bench: without --tools there is nothing to compare with"),
    }
    for server in &servers {
        set_up(server).with_context(|| format!("setting up {}", server.name))?;
    }
    let services: Vec<String> = (0..10).map(|n| format!("service-{n}")).collect();
    let asked = [
        ("DescribeClusters", json!({"clusters": ["bench"]})),
        ("DescribeServices", json!({"cluster": "bench", "services": services})),
    ];
    for (operation, input) in &asked {
        for clients in [1, 4] {
            let requests: Vec<Vec<u8>> = servers
                .iter()
                .map(|server| signed(server, operation, input))
                .collect::<anyhow::Result<_>>()?;
            // The first answers are not counted: caches and connections.
            for (server, request) in servers.iter().zip(&requests) {
                load::run(server.at, request, clients, Duration::from_millis(300))?;
            }
            // In turns: what else the machine does meanwhile is both's trouble.
            let mut rounds: Vec<Vec<Load>> = servers.iter().map(|_| Vec::new()).collect();
            for _ in 0..ROUNDS {
                for ((server, request), loads) in servers.iter().zip(&requests).zip(&mut rounds) {
                    loads.push(load::run(server.at, request, clients, lasts / ROUNDS)?);
                }
            }
            for (server, loads) in servers.iter().zip(&rounds) {
                let who = if clients == 1 { "1 client".to_owned() } else { format!("{clients} clients") };
                tell(table, &format!("{operation}, {who}, {}", server.name), loads);
            }
            if let [ours, theirs] = rounds.as_slice() {
                compare(table, ours, theirs);
            }
        }
    }
    Ok(())
}

fn tell(table: &mut Table, name: &str, loads: &[Load]) {
    let latencies = together(loads);
    let at = |part| quantile(&latencies, part);
    let connections: usize = loads.iter().map(|load| load.connections).sum();
    let rates = sorted(loads.iter().map(|load| load.per_second).collect());
    table.tell(name, format!("{:.0}/s", quantile(&rates, 0.5)));
    let worst = format!("p99.9 {:.2} ms, worst {:.1} ms", at(0.999), at(1.0));
    table.tell(
        format!("  p50 and p99 ({connections} connections; {worst})"),
        format!("{:.2} and {:.2} ms", at(0.5), at(0.99)),
    );
}

fn compare(table: &mut Table, ours: &[Load], theirs: &[Load]) {
    let times = ours.iter().zip(theirs).map(|(ours, theirs)| ours.per_second / theirs.per_second);
    let times = quantile(&sorted(times.collect()), 0.5);
    table.claim(
        "  requests per second, drydock to moto",
        format!("{times:.1} times"),
        format!("at least {TIMES} times"),
        times >= TIMES,
    );
    let (our99, their50) = (quantile(&together(ours), 0.99), quantile(&together(theirs), 0.5));
    table.claim("  our p99 to moto's p50", format!("{:.3}", our99 / their50), "below 1", our99 < their50);
}

/// Milliseconds of all rounds, sorted.
fn together(loads: &[Load]) -> Vec<f64> {
    sorted(loads.iter().flat_map(|load| load.latencies.iter().copied()).collect())
}

/// One cluster, one task definition, ten services.
fn set_up(server: &Server) -> anyhow::Result<()> {
    let container = json!({"name": "web", "image": "nginx", "cpu": 10, "memory": 16});
    post(server, "CreateCluster", &json!({"clusterName": "bench"}))?;
    post(server, "RegisterTaskDefinition", &json!({"family": "web", "containerDefinitions": [container]}))?;
    for n in 0..10 {
        let name = format!("service-{n}");
        let input =
            json!({"cluster": "bench", "serviceName": name, "taskDefinition": "web", "desiredCount": 2});
        post(server, "CreateService", &input)?;
    }
    Ok(())
}

fn post(server: &Server, operation: &str, input: &Value) -> anyhow::Result<()> {
    let (status, body) = load::once(server.at, &signed(server, operation, input)?)?;
    ensure!(status == 200, "{operation} was answered {status}: {}", String::from_utf8_lossy(&body));
    Ok(())
}

/// The bytes of a signed request.
fn signed(server: &Server, operation: &str, input: &Value) -> anyhow::Result<Vec<u8>> {
    let target = format!("{TARGET}.{operation}");
    let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", target.as_str())];
    signing::request(server.at, &server.key, "ecs", &headers, &input.to_string())
}

/// The `drydock` beside this program, as anyone would start it.
async fn drydock() -> anyhow::Result<Server> {
    let program = std::env::current_exe()?.with_file_name("drydock");
    let at = free()?;
    let mut process = Command::new(&program)
        .args(["practice", "--listen", &at.to_string()])
        .env("DRYDOCK_LOG", "error")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("starting {}", program.display()))?;
    let mut lines = tokio::io::BufReader::new(process.stdout.take().context("its output")?);
    let mut key = (String::new(), String::new());
    while key.0.is_empty() || key.1.is_empty() {
        let mut line = String::new();
        if tokio::io::AsyncBufReadExt::read_line(&mut lines, &mut line).await? == 0 {
            bail!("drydock ended before it told its key");
        }
        let told = |name: &str| line.trim().strip_prefix(name).map(str::to_owned);
        if let Some(id) = told("export AWS_ACCESS_KEY_ID=") {
            key.0 = id;
        } else if let Some(secret) = told("export AWS_SECRET_ACCESS_KEY=") {
            key.1 = secret;
        }
    }
    listening(at).await?;
    Ok(Server { name: "drydock", at, key, _process: process })
}

async fn moto(program: &Path) -> anyhow::Result<Server> {
    let at = free()?;
    let process = Command::new(program)
        .args(["-H", "127.0.0.1", "-p", &at.port().to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("starting {}", program.display()))?;
    listening(at).await?;
    Ok(Server { name: "moto_server", at, key: ("testing".into(), "testing".into()), _process: process })
}

/// A free port on loopback.
fn free() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

async fn listening(at: SocketAddr) -> anyhow::Result<()> {
    let connected = async {
        while tokio::net::TcpStream::connect(at).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(STARTS_WITHIN, connected).await.with_context(|| format!("nothing listens on {at}"))
}
