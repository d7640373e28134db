//! The practice endpoint beside moto's server: two processes on loopback, asked the same by the same client, one after
//! the other. Drydock verifies every signature and asks IAM; moto does neither.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, UNIX_EPOCH};

use anyhow::{Context as _, bail, ensure};
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use serde_json::{Value, json};
use server::clock::Clock;
use tokio::process::{Child, Command};

use crate::load::{self, Load};
use crate::table::{Table, quantile};

const TARGET: &str = "AmazonEC2ContainerServiceV20141113";
/// Ours must answer that many times as many requests as moto.
const TIMES: f64 = 20.0;
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
            let mut ours: Option<Load> = None;
            for server in &servers {
                let request = signed(server, operation, input)?;
                // The first answers are not counted: caches and connections.
                load::run(server.at, &request, clients, Duration::from_millis(300))?;
                let load = load::run(server.at, &request, clients, lasts)?;
                let name = format!(
                    "{operation}, {clients} client{}, {}",
                    if clients == 1 { "" } else { "s" },
                    server.name
                );
                let at = |part| quantile(&load.latencies, part);
                let (p50, p99) = (at(0.5), at(0.99));
                let worst = format!("p99.9 {:.2} ms, worst {:.1} ms", at(0.999), at(1.0));
                table.tell(&name, format!("{:.0}/s", load.per_second));
                table.tell(
                    format!("  p50 and p99 ({} connections; {worst})", load.connections),
                    format!("{p50:.2} and {p99:.2} ms"),
                );
                match &ours {
                    None => ours = Some(load),
                    Some(ours) => {
                        let times = ours.per_second / load.per_second;
                        let bound = format!("at least {TIMES} times");
                        table.claim(
                            "  requests per second, drydock to moto",
                            format!("{times:.1} times"),
                            bound,
                            times >= TIMES,
                        );
                        let (our99, their50) = (quantile(&ours.latencies, 0.99), p50);
                        table.claim(
                            "  our p99 to moto's p50",
                            format!("{:.3}", our99 / their50),
                            "below 1",
                            our99 < their50,
                        );
                    }
                }
            }
        }
    }
    Ok(())
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
    let body = input.to_string();
    let (host, target) = (server.at.to_string(), format!("{TARGET}.{operation}"));
    let headers = [
        ("host", host.as_str()),
        ("content-type", "application/x-amz-json-1.1"),
        ("x-amz-target", target.as_str()),
    ];
    let (id, secret) = server.key.clone();
    let identity = Credentials::new(id, secret, None, None, "bench").into();
    let params = SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name("ecs")
        .time(UNIX_EPOCH + Duration::from_millis(Clock::system().now().cast_unsigned()))
        .settings(SigningSettings::default())
        .build()
        .context("signing")?
        .into();
    let url = format!("http://{host}/");
    let request =
        SignableRequest::new("POST", &url, headers.into_iter(), SignableBody::Bytes(body.as_bytes()))
            .context("signing")?;
    let (instructions, _) = sign(request, &params).context("signing")?.into_parts();
    let mut text = "POST / HTTP/1.1\r\n".to_owned();
    for (name, value) in headers.into_iter().chain(instructions.headers()) {
        text += &format!("{name}: {value}\r\n");
    }
    text += &format!("content-length: {}\r\n\r\n{body}", body.len());
    Ok(text.into_bytes())
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
