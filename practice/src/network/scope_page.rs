//! Weave Scope's page on port 4040 of each Weave host, much simplified: hosts, their containers, and a place to ask
//! Weave DNS.

use std::net::Ipv4Addr;

use super::site::{SiteAnswer, SiteRequest, html, page};
use super::{dns, weave};
use crate::services::ec2::model::Instance;
use crate::services::ecs::model::RunningContainer;
use crate::world::View;

/// Opens a page of Scope on `host`.
pub(super) fn open(view: &View<'_>, host: &Instance, request: &SiteRequest) -> SiteAnswer {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    match path {
        "" | "/" => html(200, &overview(view, host, request.entropy)),
        "/dns" => {
            let name = query.split('&').find_map(|pair| pair.strip_prefix("name=")).unwrap_or_default();
            let name: String =
                name.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')).collect();
            page(200, "text/plain; charset=utf-8", &dig(view, host, &name, request.entropy))
        }
        _ => html(404, "<!doctype html><title>Not found</title><h1>Not found</h1>\n"),
    }
}

/// What `dig` would print on that host.
fn dig(view: &View<'_>, host: &Instance, name: &str, entropy: u64) -> String {
    let name = dns::local_name(name);
    let answers = dns::lookup(view, &host.id, name, entropy);
    let status = if answers.is_empty() { "NXDOMAIN" } else { "NOERROR" };
    let mut text = format!(
        "; <<>> DiG <<>> {name}.weave.local\n;; ->>HEADER<<- opcode: QUERY, status: {status}\n;; QUERY: 1, ANSWER: {}\n\n;; QUESTION SECTION:\n;{name}.weave.local.\tIN\tA\n",
        answers.len()
    );
    if !answers.is_empty() {
        text.push_str("\n;; ANSWER SECTION:\n");
    }
    for answer in &answers {
        text.push_str(&format!("{name}.weave.local.\t{}\tIN\tA\t{}\n", dns::TTL, answer.address));
    }
    text
}

fn overview(view: &View<'_>, host: &Instance, entropy: u64) -> String {
    let peers = weave::peers(view, &host.id);
    let mut body = String::from(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Weave Scope (practice)</title>\n<style>body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ccc}code{font-family:ui-monospace,monospace}</style></head>\n<body>\n<h1>Weave Scope (practice)</h1>\n",
    );
    body.push_str(&format!(
        "<p>Seen from host <code>{}</code>. Hosts in its Weave network: {}.</p>\n<h2>Containers</h2>\n<table>\n<tr><th>Host</th><th>Container</th><th>Image</th><th>Weave address</th><th>Task</th></tr>\n",
        escape(&host.id),
        peers.len()
    ));
    for at in view
        .region
        .ecs
        .running_containers()
        .filter(|at| at.ec2_instance().is_some_and(|host| peers.contains(host)))
    {
        body.push_str(&row(&at));
    }
    body.push_str(
        "</table>\n<h2>Weave DNS</h2>\n<p>Asked just now. Reload, and the order changes.</p>\n<ul>\n",
    );
    for (name, answers) in dns::zone(view, &host.id, entropy) {
        let list: Vec<String> = answers.iter().map(ToString::to_string).collect();
        let name = escape(&name);
        body.push_str(&format!(
            "<li><a href=\"/dns?name={name}\"><code>{name}.weave.local</code></a>: <code>{}</code></li>\n",
            list.join(" ")
        ));
    }
    body.push_str("</ul>\n</body>\n</html>\n");
    body
}

fn row(at: &RunningContainer<'_>) -> String {
    let address =
        at.container.weave_ip.map_or_else(|| "none".to_owned(), |ip| Ipv4Addr::from(ip).to_string());
    format!(
        "<tr><td><code>{}</code></td><td>{}</td><td>{}</td><td><code>{address}</code></td><td><code>{}</code></td></tr>\n",
        escape(at.ec2_instance().unwrap_or_default()),
        escape(&at.container.name),
        escape(&at.definition.image),
        escape(&at.task.id)
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
