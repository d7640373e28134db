//! A client that sends the same request again and again over one connection, opened anew whenever the server closes it.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Largest head of an answer.
const MOST_HEAD: usize = 64 * 1024;

/// What came of a load.
#[derive(Debug)]
pub(crate) struct Load {
    /// Answers per second, all clients together.
    pub(crate) per_second: f64,
    /// Milliseconds of each answer, sorted.
    pub(crate) latencies: Vec<f64>,
    /// Connections that were opened.
    pub(crate) connections: usize,
}

/// Sends `request` from `clients` clients for that long. An answer other than 200 is an error.
pub(crate) fn run(at: SocketAddr, request: &[u8], clients: usize, lasts: Duration) -> io::Result<Load> {
    let start = Instant::now();
    let results: Vec<io::Result<(Vec<f64>, usize)>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..clients).map(|_| scope.spawn(|| client(at, request, lasts))).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err(io::Error::other("a client panicked"))))
            .collect()
    });
    let took = start.elapsed().as_secs_f64();
    let (mut latencies, mut connections) = (Vec::new(), 0);
    for result in results {
        let (some, opened) = result?;
        latencies.extend(some);
        connections += opened;
    }
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let per_second = latencies.len() as f64 / took;
    Ok(Load { per_second, latencies: crate::table::sorted(latencies), connections })
}

fn client(at: SocketAddr, request: &[u8], lasts: Duration) -> io::Result<(Vec<f64>, usize)> {
    let end = Instant::now() + lasts;
    let (mut latencies, mut connections) = (Vec::new(), 0);
    let mut connection: Option<TcpStream> = None;
    while Instant::now() < end {
        let begin = Instant::now();
        let mut stream = if let Some(stream) = connection.take() {
            stream
        } else {
            connections += 1;
            open(at)?
        };
        stream.write_all(request)?;
        let (status, stays, body) = answer(&mut stream)?;
        latencies.push(begin.elapsed().as_secs_f64() * 1000.0);
        if status != 200 {
            let body = String::from_utf8_lossy(&body);
            return Err(io::Error::other(format!("answered {status}: {body}")));
        }
        connection = stays.then_some(stream);
    }
    Ok((latencies, connections))
}

fn open(at: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&at, PATIENCE)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Sends one request on a connection of its own and answers status and body.
pub(crate) fn once(at: SocketAddr, request: &[u8]) -> io::Result<(u16, Vec<u8>)> {
    let mut stream = open(at)?;
    stream.write_all(request)?;
    answer(&mut stream).map(|(status, _, body)| (status, body))
}

/// Status, whether the connection stays open, body.
fn answer(stream: &mut TcpStream) -> io::Result<(u16, bool, Vec<u8>)> {
    let mut received = Vec::with_capacity(4096);
    let mut chunk = [0_u8; 16 * 1024];
    let head = loop {
        if let Some(at) = received.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        let read = stream.read(&mut chunk)?;
        if read == 0 || received.len() > MOST_HEAD {
            return Err(io::Error::other("an answer without end of head"));
        }
        received.extend_from_slice(chunk.get(..read).unwrap_or_default());
    };
    let text = String::from_utf8_lossy(received.get(..head).unwrap_or_default()).to_ascii_lowercase();
    let mut lines = text.split("\r\n");
    let first = lines.next().unwrap_or_default();
    let status = first.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    let headers: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(": ")).collect();
    let value = |name: &str| headers.iter().find(|(n, _)| *n == name).map(|(_, value)| *value);
    let stays = !first.starts_with("http/1.0") && value("connection") != Some("close");
    let mut body = received.split_off(head + 4);
    let Some(length) = value("content-length").and_then(|length| length.parse::<usize>().ok()) else {
        stream.read_to_end(&mut body)?;
        return Ok((status, false, body));
    };
    while body.len() < length {
        let read = stream.read(&mut chunk)?;
        if read == 0 {
            return Err(io::Error::other("an answer that was cut"));
        }
        body.extend_from_slice(chunk.get(..read).unwrap_or_default());
    }
    Ok((status, stays, body))
}
