//! The names under which a browser opens the sites of simulated worlds: never on the platform's own origin.
//!
//! `[<port>.]<public DNS label>[.<account tag>].practice.localhost`, the same with `--` for dots before the domain (a
//! wildcard certificate stands for one label only), or, for a client that uses the endpoint as an HTTP proxy, the
//! public DNS name itself. The tag says which account's world is meant and cannot be guessed; the
//! standalone endpoint has one world and needs none.

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// What follows a site's label unless the settings name another domain. Every browser takes it for its own machine.
pub const DOMAIN: &str = "practice.localhost";

/// A site that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteName {
    /// Simulated port; 80 unless the name says another.
    pub port: u16,
    /// First label of the public DNS name, or the whole name in proxy requests.
    pub host: String,
    /// Which account, if the name says so.
    pub tag: Option<String>,
}

/// Reads a `Host` header's name (without port); None when it is not of this form.
pub fn parse(name: &str, domain: &str) -> Option<SiteName> {
    let name = name.to_ascii_lowercase();
    let inner = name.strip_suffix(domain)?.strip_suffix('.')?;
    let labels: Vec<&str> = inner.split(if inner.contains('.') { "." } else { "--" }).collect();
    let (port, rest) = match labels.split_first() {
        Some((first, rest)) if !rest.is_empty() && first.parse::<u16>().is_ok() => {
            (first.parse().ok()?, rest)
        }
        _ => (80, labels.as_slice()),
    };
    match rest {
        [host] if !host.is_empty() => Some(SiteName { port, host: (*host).to_owned(), tag: None }),
        [host, tag] if !host.is_empty() => {
            Some(SiteName { port, host: (*host).to_owned(), tag: Some((*tag).to_owned()) })
        }
        _ => None,
    }
}

/// Where a browser that came to a site by its name here is sent by a redirect to one of AWS's names: to that site's name
/// here, on the same account, by the way it came (`authority` is its `Host`). None for every other address.
pub fn redirected(authority: &str, domain: &str, location: &str) -> Option<String> {
    let (came_by, outer) = host_and_port(authority);
    let site = parse(came_by, domain)?;
    let (scheme, rest) = location.split_once("://")?;
    let at = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (name, path) = rest.split_at(at);
    let (name, port) = host_and_port(name);
    let label = name.strip_suffix(".amazonaws.com")?.split('.').next()?;
    let port = port.unwrap_or(if scheme == "https" { 443 } else { 80 });
    let dot = if domain.ends_with("localhost") { "." } else { "--" };
    let inner = if port == 80 { String::new() } else { format!("{port}{dot}") };
    let tag = site.tag.map(|tag| format!("{dot}{tag}")).unwrap_or_default();
    let outer = outer.map(|port| format!(":{port}")).unwrap_or_default();
    let path = if path.is_empty() { "/" } else { path };
    Some(format!("//{inner}{}{tag}.{domain}{outer}{path}", label.to_ascii_lowercase()))
}

/// Splits `host[:port]` of a Host header or an absolute URI.
pub fn host_and_port(authority: &str) -> (&str, Option<u16>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => (host, port.parse().ok()),
        _ => (authority, None),
    }
}

/// Whether a name means this machine itself.
pub fn is_loopback(name: &str) -> bool {
    name == "localhost" || name == "127.0.0.1" || name == "[::1]"
}

/// The user of a `Proxy-Authorization: Basic` header: how a proxy client says which account it means.
pub fn proxy_user(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::PROXY_AUTHORIZATION)?.to_str().ok()?;
    let decoded = STANDARD.decode(value.strip_prefix("Basic ")?).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    text.split(':').next().map(str::to_owned)
}

/// Where students reach the practice cloud.
#[derive(Clone, Debug)]
pub struct PracticeAddress {
    /// The AWS endpoint, without a slash at the end.
    pub endpoint: String,
    /// What the sites' names end in, without a dot in front.
    pub domain: String,
    /// Names the accounts in the sites' addresses.
    pub tags: Tags,
}

impl PracticeAddress {
    /// From the endpoint's address and the domain of sites.
    pub fn new(endpoint: &str, domain: &str, tags: Tags) -> Self {
        let domain = domain.trim_matches('.').to_ascii_lowercase();
        Self { endpoint: endpoint.trim_end_matches('/').to_owned(), domain, tags }
    }

    /// Where a browser opens a site, from its public DNS name and simulated port.
    pub fn site_url(&self, account: &str, public_dns: &str, port: u16) -> String {
        let label = public_dns.split('.').next().unwrap_or(public_dns);
        let scheme = self.endpoint.split("://").next().unwrap_or("http");
        let authority = self.endpoint.split("://").nth(1).unwrap_or(&self.endpoint);
        let outer = host_and_port(authority).1.map(|port| format!(":{port}")).unwrap_or_default();
        let dot = if self.domain.ends_with("localhost") { "." } else { "--" };
        let inner = if port == 80 { String::new() } else { format!("{port}{dot}") };
        format!("{scheme}://{inner}{label}{dot}{}.{}{outer}/", self.tags.tag(account), self.domain)
    }
}

/// Makes and reads account tags: the account and a keyed hash of it, so that only this server can make one.
#[derive(Clone)]
pub struct Tags {
    key: [u8; 32],
}

impl std::fmt::Debug for Tags {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tags(…)")
    }
}

const ACCOUNT_BYTES: usize = 5;
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

impl Tags {
    /// Tags under a secret key.
    pub fn new(key: [u8; 32]) -> Self {
        Self { key }
    }

    /// The tag of an account (twelve digits): sixteen letters and digits.
    pub fn tag(&self, account: &str) -> String {
        let number: u64 = account.parse().unwrap_or_default();
        let mut bytes = number.to_be_bytes()[8 - ACCOUNT_BYTES..].to_vec();
        bytes.extend_from_slice(&self.mac(&bytes));
        let bits = bytes.iter().fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
        (0..16).rev().map(|i| char::from(ALPHABET[(bits >> (5 * i) & 31) as usize])).collect()
    }

    /// The account of a tag made here; None for any other text.
    pub fn account(&self, tag: &str) -> Option<String> {
        if tag.len() != 16 {
            return None;
        }
        let bits = tag.bytes().try_fold(0_u128, |bits, byte| {
            let digit = ALPHABET.iter().position(|letter| *letter == byte)?;
            Some(bits << 5 | digit as u128)
        })?;
        let number = u64::try_from(bits >> 40).ok()?;
        let account = format!("{number:012}");
        // All of the text is compared, in constant time for what is secret in it.
        let same = self.tag(&account).bytes().zip(tag.bytes()).fold(0, |diff, (a, b)| diff | (a ^ b));
        (same == 0).then_some(account)
    }

    fn mac(&self, account: &[u8]) -> [u8; 5] {
        let digest =
            Sha256::new().chain_update(self.key).chain_update(b"site tag").chain_update(account).finalize();
        let mut out = [0; 5];
        out.copy_from_slice(&digest[..5]);
        out
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn redirects_stay_among_the_sites() {
        let there = "https://web-1.us-east-1.elb.amazonaws.com:443/a?b=c";
        let to = |authority: &str, domain: &str| super::redirected(authority, domain, there);
        assert_eq!(
            to("web-1.tag7.practice.localhost:4566", "practice.localhost").as_deref(),
            Some("//443.web-1.tag7.practice.localhost:4566/a?b=c")
        );
        assert_eq!(
            to("web-1--tag7.labs.example", "labs.example").as_deref(),
            Some("//443--web-1--tag7.labs.example/a?b=c")
        );
        assert_eq!(to("127.0.0.1:4566", "practice.localhost"), None);
        let elsewhere = "https://example.com/";
        assert_eq!(super::redirected("web-1.practice.localhost", "practice.localhost", elsewhere), None);
    }

    use super::*;

    #[test]
    fn tags_name_accounts_and_cannot_be_made_up() {
        let tags = Tags::new([7; 32]);
        let tag = tags.tag("123456789012");
        assert_eq!(tag.len(), 16);
        assert_eq!(tags.account(&tag).as_deref(), Some("123456789012"));
        assert_eq!(Tags::new([8; 32]).account(&tag), None);
        let mut forged = tag.clone().into_bytes();
        forged[15] = if forged[15] == b'a' { b'b' } else { b'a' };
        assert_eq!(tags.account(&String::from_utf8(forged).unwrap()), None);
        assert_eq!(tags.account("????????????????"), None);
    }

    #[test]
    fn a_site_has_a_url_that_reads_back() {
        let (here, hosted) = ("http://127.0.0.1:4566/", "https://aws.labs.example.edu");
        for (endpoint, domain, outer) in
            [(here, DOMAIN, Some(4566)), (hosted, ".Sites.labs.example.edu", None)]
        {
            let at = PracticeAddress::new(endpoint, domain, Tags::new([7; 32]));
            let url = at.site_url("123456789012", "ec2-54-1-2-3.compute-1.amazonaws.com", 4040);
            let (name, port) = host_and_port(url.split("://").nth(1).unwrap().trim_end_matches('/'));
            assert_eq!(port, outer);
            let site = parse(name, &at.domain).unwrap();
            assert_eq!((site.port, site.host.as_str()), (4040, "ec2-54-1-2-3"));
            assert_eq!(site.tag.and_then(|tag| at.tags.account(&tag)).as_deref(), Some("123456789012"));
            assert_eq!(parse(name, "elsewhere.example"), None);
        }
        let at = PracticeAddress::new(hosted, "sites.example.edu", Tags::new([7; 32]));
        let url = at.site_url("123456789012", "ec2-255-255-255-255", 65535);
        let name =
            url.strip_prefix("https://").and_then(|url| url.strip_suffix(".sites.example.edu/")).unwrap();
        assert!(name.len() <= 63 && !name.contains('.'), "one label, for a wildcard certificate: {name}");
    }

    #[test]
    fn names_are_read() {
        let site = |port, host: &str, tag: Option<&str>| {
            Some(SiteName { port, host: host.into(), tag: tag.map(Into::into) })
        };
        let parse = |name| parse(name, DOMAIN);
        assert_eq!(parse("ec2-54-1-2-3.practice.localhost"), site(80, "ec2-54-1-2-3", None));
        assert_eq!(
            parse("4040.ec2-54-1-2-3.k7q.practice.localhost"),
            site(4040, "ec2-54-1-2-3", Some("k7q"))
        );
        assert_eq!(
            parse("4040--ec2-54-1-2-3--k7q.practice.localhost"),
            site(4040, "ec2-54-1-2-3", Some("k7q"))
        );
        assert_eq!(parse("practice.localhost"), None);
        assert_eq!(parse("ec2-1-2-3-4.malpractice.localhost"), None);
        assert_eq!(parse("example.com"), None);
        assert_eq!(parse("a.b.c.practice.localhost"), None);
        assert_eq!(host_and_port("h:80"), ("h", Some(80)));
        assert_eq!(host_and_port("h"), ("h", None));
    }
}
