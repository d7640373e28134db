//! Sock Shop by CloudFormation: what its 62 resources take, and two hundred students who launch it at the same moment
//! while they go on reading.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use clap::Parser as _;
use practice::{Time, World, catch_up_wholly, next_event};
use serde_json::json;
use server::config::Cli;
use server::serve;
use tests::endpoint::repository;
use tokio::sync::watch;

use crate::table::{Table, quantile, sorted};
use crate::time::call;
use crate::{load, signing};

const RESOURCES: usize = 62;
const MOST_MACHINE_MS: f64 = 1000.0;
const MOST_STORED: usize = 1_000_000;
const STUDENTS: usize = 200;
/// How much faster than AWS the students' accounts are: the launch of a quarter of an hour takes half a minute.
const SPEED: &str = "30";
const MOST_PAGE_MS: f64 = 200.0;
/// Of two hundred students, so many open a page each second.
const PAGES_PER_SECOND: u32 = 20;
const READERS: u32 = 4;
const PATIENCE: Duration = Duration::from_mins(4);
const START: Time = Time(1_795_252_353_000);
const PASSWORD: &str = "correct-horse-battery";

/// Measures.
pub(crate) async fn measure(table: &mut Table) -> anyhow::Result<()> {
    let template = std::fs::read_to_string(repository("labs/sock-shop/templates/sock-shop.yaml"))?;
    one(table, &template).context("one stack")?;
    many(table, &template).await.context("two hundred stacks")
}

/// One launch in a world whose time does not wait: the machine's time alone.
fn one(table: &mut Table, template: &str) -> anyhow::Result<()> {
    let mut took = Vec::new();
    let mut world = World::new("123456789012", 11);
    for _ in 0..3 {
        world = World::new("123456789012", 11);
        call(&mut world, START, "ec2", "CreateKeyPair", json!({"KeyName": "key"}))?;
        call(&mut world, START, "logs", "CreateLogGroup", json!({"logGroupName": "shop"}))?;
        let begin = Instant::now();
        let input = json!({
            "StackName": "shop", "TemplateBody": template, "Capabilities": ["CAPABILITY_IAM"],
            "Parameters": [
                {"ParameterKey": "KeyName", "ParameterValue": "key"},
                {"ParameterKey": "CataloguePassword", "ParameterValue": PASSWORD},
            ],
        });
        call(&mut world, START, "cloudformation", "CreateStack", input)?;
        let mut now = START;
        let mut left = 20_000;
        while status(&mut world, now)? == "CREATE_IN_PROGRESS" {
            let due = next_event(&world).context("nothing is under way, and the stack is not complete")?;
            now = due.max(now.plus_ms(1));
            catch_up_wholly(&mut world, now);
            left -= 1;
            ensure!(left > 0, "the stack does not come to its end");
        }
        took.push(begin.elapsed().as_secs_f64() * 1000.0);
        ensure!(status(&mut world, now)? == "CREATE_COMPLETE", "{}", status(&mut world, now)?);
    }
    let took = sorted(took);
    let middle = quantile(&took, 0.5);
    table.claim(
        format!("Sock Shop's {RESOURCES} resources, the machine's time"),
        format!("{middle:.0} ms"),
        format!("under {MOST_MACHINE_MS} ms"),
        middle < MOST_MACHINE_MS,
    );
    let bytes = serde_json::to_vec(&world)?.len();
    table.claim(
        "  its world, as a snapshot",
        format!("{bytes} bytes"),
        format!("under {MOST_STORED}"),
        bytes < MOST_STORED,
    );
    Ok(())
}

fn status(world: &mut World, now: Time) -> anyhow::Result<String> {
    let answer = call(world, now, "cloudformation", "DescribeStacks", json!({"StackName": "shop"}))?;
    Ok(answer["Stacks"][0]["StackStatus"].as_str().unwrap_or_default().to_owned())
}

/// One student: a session, and the keys of an account.
#[derive(Debug, Clone)]
struct Student {
    cookie: String,
    key: (String, String),
}

/// The whole platform, two hundred sessions with an open page each, and pages that are opened meanwhile.
async fn many(table: &mut Table, template: &str) -> anyhow::Result<()> {
    let data = tempfile::tempdir()?;
    let (stop, stopping) = watch::channel(false);
    let args = ["drydock", "--listen", "127.0.0.1:0", "--practice-listen", "127.0.0.1:0", "--speed", SPEED];
    let mut args: Vec<std::ffi::OsString> = args.into_iter().map(Into::into).collect();
    let labs = repository("labs");
    for (name, path) in [("--data", data.path()), ("--site", data.path()), ("--labs", labs.as_path())] {
        args.extend([name.into(), path.into()]);
    }
    let running = serve::start(Cli::try_parse_from(args)?.serve, stopping).await?;
    let web = address(&running.state.public_url)?;
    let endpoint = address(&running.state.practice_at.endpoint)?;
    let template = template.to_owned();
    let measured = tokio::task::spawn_blocking(move || crowd(web, endpoint, &template)).await??;
    let Measured { pages, last, complete } = measured;
    table.claim(
        format!("stacks complete, of {STUDENTS} launched at once (the last after {last:.0} s)"),
        complete.to_string(),
        format!("all {STUDENTS}"),
        complete == STUDENTS,
    );
    let p95 = quantile(&pages, 0.95);
    table.claim(
        format!("  {} pages opened meanwhile, p95 (p50 {:.1} ms)", pages.len(), quantile(&pages, 0.5)),
        format!("{p95:.1} ms"),
        format!("under {MOST_PAGE_MS} ms"),
        p95 < MOST_PAGE_MS,
    );
    let _ = stop.send(true);
    running.ended().await
}

fn address(url: &str) -> anyhow::Result<SocketAddr> {
    url.trim_end_matches('/').rsplit('/').next().context("an address")?.parse().context("an address")
}

struct Measured {
    /// Milliseconds, sorted.
    pages: Vec<f64>,
    /// Seconds until the last stack was complete.
    last: f64,
    complete: usize,
}

#[expect(clippy::disallowed_methods, reason = "a crowd looks at a steady pace")]
fn crowd(web: SocketAddr, endpoint: SocketAddr, template: &str) -> anyhow::Result<Measured> {
    let students = (0..STUDENTS).map(|_| begin(web)).collect::<anyhow::Result<Vec<_>>>()?;
    // Every student has the page of the launch open, and hears of its checks as they come true.
    let streams = students.iter().map(|student| listen(web, student)).collect::<anyhow::Result<Vec<_>>>()?;
    for student in &students {
        api(endpoint, student, "CreateKeyPair", "ec2", "2016-11-15", &[("KeyName", "key")])?;
        log_group(endpoint, student)?;
    }
    let over = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..READERS)
        .map(|n| {
            let (students, over) = (students.clone(), Arc::clone(&over));
            std::thread::spawn(move || read(web, &students, n, &over))
        })
        .collect();
    let begun = Instant::now();
    std::thread::scope(|scope| {
        let launches: Vec<_> = students
            .chunks(STUDENTS / 8)
            .map(|some| scope.spawn(move || some.iter().try_for_each(|one| launch(endpoint, one, template))))
            .collect();
        launches.into_iter().try_for_each(|one| one.join().unwrap_or_else(|_| bail!("a launch panicked")))
    })?;
    let mut open: Vec<&Student> = students.iter().collect();
    let mut complete = 0;
    let mut last = 0.0;
    while !open.is_empty() && begun.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_secs(2));
        let mut still = Vec::new();
        for student in open {
            match stack_status(endpoint, student)?.as_str() {
                "CREATE_IN_PROGRESS" => still.push(student),
                "CREATE_COMPLETE" => {
                    complete += 1;
                    last = begun.elapsed().as_secs_f64();
                }
                other => eprintln!("bench: a stack is {other}"),
            }
        }
        open = still;
    }
    over.store(true, Ordering::Relaxed);
    let mut pages = Vec::new();
    for reader in readers {
        pages.extend(reader.join().unwrap_or_else(|_| bail!("a reader panicked"))?);
    }
    drop(streams);
    Ok(Measured { pages: sorted(pages), last, complete })
}

/// Opens pages of the lab for this student and that, at a steady pace.
#[expect(clippy::disallowed_methods, reason = "a crowd looks at a steady pace")]
fn read(web: SocketAddr, students: &[Student], from: u32, over: &AtomicBool) -> anyhow::Result<Vec<f64>> {
    let pause = Duration::from_secs(1) * READERS / PAGES_PER_SECOND;
    let mut took = Vec::new();
    let mut at = from as usize * 31;
    while !over.load(Ordering::Relaxed) {
        let student = students.get(at % students.len()).context("a student")?;
        let path = ["/labs/sock-shop", "/labs/sock-shop/steps/2", "/labs/sock-shop/steps/3"]
            .get(at % 3)
            .copied()
            .unwrap_or_default();
        let begin = Instant::now();
        let (status, ..) = http(web, "GET", path, &student.cookie, "")?;
        took.push(begin.elapsed().as_secs_f64() * 1000.0);
        ensure!(status == 200, "{path} was answered {status}");
        at += 7;
        std::thread::sleep(pause.saturating_sub(begin.elapsed()));
    }
    Ok(took)
}

/// A guest begins the lab.
fn begin(web: SocketAddr) -> anyhow::Result<Student> {
    let (status, head, body) = http(web, "POST", "/do/begin", "", "slug=sock-shop")?;
    ensure!(status == 200 || status == 303, "beginning was answered {status}: {body}");
    let cookie = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(name, _)| name.eq_ignore_ascii_case("set-cookie"))
        .and_then(|(_, value)| value.split(';').next())
        .context("a session")?
        .to_owned();
    let (_, _, page) = http(web, "GET", "/labs/sock-shop/steps/1", &cookie, "")?;
    let told = |name: &str| {
        let after = page.split(&format!("{name}=")).nth(1)?;
        let after =
            after.trim_start_matches("&#x27;").trim_start_matches("&#39;").trim_start_matches(['\'', '"']);
        let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || "+/=".contains(c)))?;
        after.get(..end).map(str::to_owned)
    };
    let id = told("AWS_ACCESS_KEY_ID").context("the page shows no key")?;
    let secret = told("AWS_SECRET_ACCESS_KEY").context("the page shows no secret")?;
    Ok(Student { cookie, key: (id, secret) })
}

/// An open page's stream of news. It is read in the kernel's buffer only.
fn listen(web: SocketAddr, student: &Student) -> anyhow::Result<TcpStream> {
    let mut stream = TcpStream::connect(web)?;
    let cookie = &student.cookie;
    write!(
        stream,
        "GET /live/sock-shop?step=3 HTTP/1.1\r\nhost: {web}\r\ncookie: {cookie}\r\naccept: text/event-stream\r\n\r\n"
    )?;
    Ok(stream)
}

fn launch(endpoint: SocketAddr, student: &Student, template: &str) -> anyhow::Result<()> {
    let form = [
        ("StackName", "shop"),
        ("TemplateBody", template),
        ("Capabilities.member.1", "CAPABILITY_IAM"),
        ("Parameters.member.1.ParameterKey", "KeyName"),
        ("Parameters.member.1.ParameterValue", "key"),
        ("Parameters.member.2.ParameterKey", "CataloguePassword"),
        ("Parameters.member.2.ParameterValue", PASSWORD),
    ];
    api(endpoint, student, "CreateStack", "cloudformation", "2010-05-15", &form).map(|_| ())
}

fn stack_status(endpoint: SocketAddr, student: &Student) -> anyhow::Result<String> {
    let form = [("StackName", "shop")];
    let answer = api(endpoint, student, "DescribeStacks", "cloudformation", "2010-05-15", &form)?;
    let after = answer.split("<StackStatus>").nth(1).context("a status")?;
    Ok(after.split('<').next().unwrap_or_default().to_owned())
}

/// One Query call, signed.
fn api(
    endpoint: SocketAddr,
    student: &Student,
    action: &str,
    service: &str,
    version: &str,
    form: &[(&str, &str)],
) -> anyhow::Result<String> {
    let pairs = [("Action", action), ("Version", version)];
    let body: Vec<String> =
        pairs.iter().chain(form).map(|(key, value)| format!("{key}={}", encoded(value))).collect();
    let kind = "application/x-www-form-urlencoded";
    asked(endpoint, student, service, &[("content-type", kind)], &body.join("&"))
}

fn log_group(endpoint: SocketAddr, student: &Student) -> anyhow::Result<()> {
    let headers =
        &[("content-type", "application/x-amz-json-1.1"), ("x-amz-target", "Logs_20140328.CreateLogGroup")];
    asked(endpoint, student, "logs", headers, r#"{"logGroupName":"shop"}"#).map(|_| ())
}

fn asked(
    endpoint: SocketAddr,
    student: &Student,
    service: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> anyhow::Result<String> {
    let headers: Vec<(&str, &str)> = headers.iter().copied().chain([("connection", "close")]).collect();
    let request = signing::request(endpoint, &student.key, service, &headers, body)?;
    let (status, answer) = load::once(endpoint, &request)?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    ensure!(status == 200, "{service} answered {status}: {answer}");
    Ok(answer)
}

fn encoded(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len() * 2), |mut all, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            all.push(char::from(byte));
        } else {
            all += &format!("%{byte:02X}");
        }
        all
    })
}

/// One request on a connection of its own: status, head and body.
fn http(
    web: SocketAddr,
    method: &str,
    path: &str,
    cookie: &str,
    body: &str,
) -> anyhow::Result<(u16, String, String)> {
    let mut stream = TcpStream::connect(web)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let cookie = if cookie.is_empty() { String::new() } else { format!("cookie: {cookie}\r\n") };
    let accept = if method == "GET" { "text/html" } else { "application/json" };
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: {web}\r\nsec-fetch-site: same-origin\r\naccept: {accept}\r\n{cookie}\
         content-type: application/x-www-form-urlencoded\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").context("an answer")?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).context("a status")?;
    Ok((status, head.to_owned(), body.to_owned()))
}
