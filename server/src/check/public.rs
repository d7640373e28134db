//! The probe for AWS: a plain HTTP GET to a public address and to nothing else.
//!
//! What a student writes into an account must never make this host talk to itself or its neighbours: the address is the one EC2
//! gives, or is looked up once; it must be public; the connection goes to exactly that address; redirects are not followed; time and
//! length are bounded.

use super::probe::{MAX_BODY, Page, Probe, Target};
use crate::catalog::check::Scheme;
use async_trait::async_trait;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// One request altogether.
const PATIENCE: Duration = Duration::from_secs(5);
/// Status line and headers.
const MAX_HEAD: usize = 16 * 1024;

/// Visits front ends on the internet.
#[derive(Debug, Clone, Copy, Default)]
pub struct PublicProbe;

#[async_trait]
impl Probe for PublicProbe {
    async fn get(&self, target: &Target) -> Page {
        match timeout(PATIENCE, visit(target)).await {
            Ok(page) => page,
            Err(_) => Page::TimedOut,
        }
    }
}

async fn visit(target: &Target) -> Page {
    if target.scheme == Scheme::Https {
        return Page::NotAsked { why: "pages over TLS are not asked for on AWS yet".to_owned() };
    }
    let address = match target.address {
        Some(address) => Some(address),
        None => match tokio::net::lookup_host((target.host.as_str(), target.port)).await {
            Ok(mut found) => found.next().map(|socket| socket.ip()),
            Err(_) => None,
        },
    };
    let Some(address) = address else { return Page::Broken { what: "the name does not resolve".to_owned() } };
    if !is_public(address) {
        return Page::NotAsked { why: format!("{address} is not a public address") };
    }
    request(target, SocketAddr::new(address, target.port)).await
}

/// One GET to a socket that has been found acceptable.
async fn request(target: &Target, socket: SocketAddr) -> Page {
    let clean = |text: &str| text.bytes().all(|b| b.is_ascii_graphic());
    if !clean(&target.host) || !clean(&target.path) || !target.path.starts_with('/') {
        return Page::NotAsked { why: "the address is not one".to_owned() };
    }
    let mut stream = match TcpStream::connect(socket).await {
        Ok(stream) => stream,
        Err(error) => return failure(&error),
    };
    // HTTP/1.0, so that the body ends with the connection and comes in one piece.
    let asked = format!(
        "GET {} HTTP/1.0\r\nHost: {}\r\nUser-Agent: drydock-check\r\nAccept: */*\r\nConnection: close\r\n\r\n",
        target.path, target.host
    );
    if let Err(error) = stream.write_all(asked.as_bytes()).await {
        return failure(&error);
    }
    let mut answer = Vec::new();
    let limit = u64::try_from(MAX_HEAD + MAX_BODY).unwrap_or(u64::MAX);
    let mut stream = stream.take(limit);
    let ended = stream.read_to_end(&mut answer).await;
    match (parse(&answer), ended) {
        (Some(page), _) => page,
        (None, Err(error)) => failure(&error),
        (None, Ok(_)) => Page::Broken { what: "the answer is not HTTP".to_owned() },
    }
}

fn failure(error: &std::io::Error) -> Page {
    match error.kind() {
        ErrorKind::ConnectionRefused => Page::Refused,
        ErrorKind::TimedOut | ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => Page::TimedOut,
        kind => Page::Broken { what: format!("the connection broke ({kind})") },
    }
}

/// Status and body of an HTTP/1 answer.
fn parse(answer: &[u8]) -> Option<Page> {
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n").map(|at| (at, at + 4));
    let end = end.or_else(|| answer.windows(2).position(|w| w == b"\n\n").map(|at| (at, at + 2)));
    let (head, body) = end?;
    let line = String::from_utf8_lossy(answer.get(..head)?).lines().next()?.to_owned();
    let mut words = line.split_whitespace();
    words.next().filter(|version| version.starts_with("HTTP/1."))?;
    let status: u16 = words.next()?.parse().ok().filter(|status| (100..600).contains(status))?;
    let body = answer.get(body..)?;
    let body = body.get(..MAX_BODY).unwrap_or(body);
    let head = String::from_utf8_lossy(answer.get(..head)?).into_owned();
    let location = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find_map(|(name, value)| name.eq_ignore_ascii_case("location").then(|| value.trim().to_owned()));
    Some(Page::Answered { status, body: String::from_utf8_lossy(body).into_owned(), location })
}

/// Whether an address is one of the public internet.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || address.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19)))
}

/// Global unicast, and none of the ranges in it that carry an IPv4 address or lead elsewhere.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    (0x2000..0x4000).contains(&first)
        && first != 0x2002
        && !(first == 0x2001 && (second < 0x200 || second == 0xdb8))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    #[test]
    fn only_public_addresses_are_visited() {
        for bad in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.0.4",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "240.0.0.1",
            "198.18.0.1",
            "192.0.2.1",
            "192.0.0.8",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "2002:7f00:1::",
            "64:ff9b::7f00:1",
            "2001:db8::1",
            "2001::1",
            "ff02::1",
        ] {
            assert!(!is_public(bad.parse().unwrap()), "{bad}");
        }
        for good in ["54.210.1.2", "8.8.8.8", "2600:1f18::1", "172.15.0.1", "172.32.0.1"] {
            assert!(is_public(good.parse().unwrap()), "{good}");
        }
    }

    fn target(host: &str, address: Option<&str>, port: u16) -> Target {
        let address = address.map(|a| a.parse().unwrap());
        Target { host: host.to_owned(), address, scheme: Scheme::Http, port, path: "/".to_owned() }
    }

    #[tokio::test]
    async fn neither_address_nor_name_leads_to_this_host() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        for aim in [
            target("x", Some("127.0.0.1"), port),
            target("localhost", None, port),
            target("127.0.0.1", None, port),
        ] {
            let page = PublicProbe.get(&aim).await;
            assert!(matches!(page, Page::NotAsked { .. } | Page::Broken { .. }), "{page:?}");
        }
        let waited = timeout(Duration::from_millis(50), listener.accept()).await;
        assert!(waited.is_err(), "it has connected");
    }

    async fn answer_of(bytes: &'static [u8]) -> Page {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let socket = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = [0; 512];
            let _ = stream.read(&mut asked).await;
            let _ = stream.write_all(bytes).await;
        });
        request(&target("front.example", None, socket.port()), socket).await
    }

    #[tokio::test]
    async fn answers_are_read_as_they_are() {
        let page = answer_of(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi").await;
        assert_eq!(page, Page::Answered { status: 200, body: "hi".to_owned(), location: None });
        let page = answer_of(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n").await;
        assert_eq!(
            page,
            Page::Answered {
                status: 302,
                body: String::new(),
                location: Some("http://127.0.0.1/".to_owned())
            }
        );
        assert!(matches!(answer_of(b"SSH-2.0-OpenSSH\r\n\r\n").await, Page::Broken { .. }));
        assert!(matches!(answer_of(b"HTTP/1.1 99999999 x\r\n\r\n").await, Page::Broken { .. }));
    }

    #[tokio::test]
    async fn a_closed_port_refuses() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let socket = listener.local_addr().unwrap();
        drop(listener);
        assert_eq!(request(&target("x", None, socket.port()), socket).await, Page::Refused);
        let mut smuggled = target("x\r\nA: b", None, socket.port());
        assert!(matches!(request(&smuggled, socket).await, Page::NotAsked { .. }));
        smuggled = target("x", None, socket.port());
        smuggled.path = "/ HTTP/1.1\r\nHost: y".to_owned();
        assert!(matches!(request(&smuggled, socket).await, Page::NotAsked { .. }));
    }
}
