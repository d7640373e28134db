//! Connections that containers make: what a text says once everybody it asks has answered.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::inside;
use crate::core::id::mix;
use crate::images::{MAX_TEXT, Piece, Serves};
use crate::services::ecs::model::RunningContainer;
use crate::world::View;

/// Most connections one visit may cause, and how far they may go on.
const MAX_DIALS: u32 = 64;
const MAX_HOPS: u32 = 4;

/// Answers by the serial of the connection; together at most [`MAX_TEXT`] bytes.
pub(super) type Answers = BTreeMap<u32, String>;

/// Makes the connections that one visit causes.
pub(super) struct Dialer<'v, 'w> {
    view: &'v View<'w>,
    entropy: u64,
    left: u32,
}

impl<'v, 'w> Dialer<'v, 'w> {
    pub(super) fn new(view: &'v View<'w>, entropy: u64) -> Self {
        Self { view, entropy, left: MAX_DIALS }
    }

    /// Everything a text needs to know from others.
    pub(super) fn ask(&mut self, from: &RunningContainer<'w>, pieces: &[Piece]) -> Answers {
        let mut answers = Answers::new();
        self.ask_for(from, pieces, 0, &mut answers);
        answers
    }

    fn ask_for(&mut self, from: &RunningContainer<'w>, pieces: &[Piece], hops: u32, answers: &mut Answers) {
        for piece in pieces {
            match piece {
                Piece::Text(_) | Piece::OwnAddress => {}
                Piece::Length(inner) => self.ask_for(from, inner, hops, answers),
                Piece::Dialed { serial, host, port } => {
                    if !answers.contains_key(serial) {
                        let answer = self.dial(from, host, *port, hops);
                        keep(answers, *serial, answer);
                    }
                }
            }
        }
    }

    /// What `nc host port` prints: nothing when nobody answers.
    fn dial(&mut self, from: &RunningContainer<'w>, host: &str, port: u16, hops: u32) -> String {
        if self.left == 0 || hops >= MAX_HOPS {
            return String::new();
        }
        self.left -= 1;
        self.entropy = mix(self.entropy);
        // netcat tries one address after another.
        if let Some((to, listener)) =
            inside::reach(self.view, from, host, port, self.entropy).into_iter().next()
        {
            let Serves::Text(pieces) = &listener.serves else { return String::new() };
            let mut answers = Answers::new();
            self.ask_for(&to, pieces, hops + 1, &mut answers);
            let said = render(&to, pieces, &answers);
            return said.trim_end_matches('\n').to_owned();
        }
        String::new()
    }
}

/// Keeps what of an answer there is room for: all that is kept together is at most [`MAX_TEXT`] bytes.
pub(super) fn keep<K: Ord>(kept: &mut BTreeMap<K, String>, key: K, mut text: String) {
    kept.remove(&key);
    let used: usize = kept.values().map(String::len).sum();
    text.truncate(text.floor_char_boundary(MAX_TEXT.saturating_sub(used)));
    kept.insert(key, text);
}

/// A text with its placeholders filled in, cut at [`MAX_TEXT`] bytes. More is never built: what peers said may be far
/// longer than the script that repeats it.
pub(super) fn render(at: &RunningContainer<'_>, pieces: &[Piece], answers: &Answers) -> String {
    let mut text = String::new();
    fill(at, pieces, answers, &mut |part| text.push_str(part));
    text
}

/// Passes on what the pieces say, in order, up to [`MAX_TEXT`] bytes.
fn fill(at: &RunningContainer<'_>, pieces: &[Piece], answers: &Answers, take: &mut dyn FnMut(&str)) {
    let mut left = MAX_TEXT;
    for piece in pieces {
        let said = match piece {
            Piece::Text(text) => Cow::Borrowed(text.as_str()),
            Piece::OwnAddress => Cow::Owned(own_address(at)),
            Piece::Dialed { serial, .. } => Cow::Borrowed(answers.get(serial).map_or("", String::as_str)),
            Piece::Length(inner) => Cow::Owned(length(at, inner, answers).to_string()),
        };
        let fits = said.floor_char_boundary(left);
        take(said.get(..fits).unwrap_or_default());
        if fits < said.len() {
            return;
        }
        left -= fits;
    }
}

/// Characters of a text as it would be rendered.
fn length(at: &RunningContainer<'_>, pieces: &[Piece], answers: &Answers) -> usize {
    let mut characters = 0;
    fill(at, pieces, answers, &mut |part| characters += part.chars().count());
    characters
}

/// What `hostname -i` prints: the Weave address, else the one on Docker's bridge.
fn own_address(at: &RunningContainer<'_>) -> String {
    if let Some(ip) = at.container.weave_ip {
        return Ipv4Addr::from(ip).to_string();
    }
    if let Some(ip) = at.task.eni.as_ref().and_then(|eni| eni.private_ip) {
        return ip.to_string();
    }
    let position = at.task.containers.iter().position(|c| c.id == at.container.id).unwrap_or(0);
    format!("172.17.0.{}", 2 + position.min(200))
}
