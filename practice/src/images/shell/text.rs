//! Text that a shell composes while what other hosts answer is not known yet.

use crate::images::{MAX_TEXT, Piece};

/// What a length counts for in the size of a text: whoever renders it reads all of what it measures, and they nest.
const LENGTH_SIZE: usize = 256;

/// Pieces of text, merged where possible.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Text {
    pieces: Vec<Piece>,
    /// Bytes and pieces together; below [`MAX_TEXT`].
    size: usize,
}

impl Text {
    pub(super) fn plain(text: &str) -> Self {
        let mut new = Self::default();
        new.push_str(text);
        new
    }

    pub(super) fn of(piece: Piece) -> Self {
        let mut new = Self::default();
        new.push(piece);
        new
    }

    pub(super) fn push_str(&mut self, text: &str) {
        if text.is_empty() || self.size + text.len() >= MAX_TEXT {
            return;
        }
        self.size += text.len();
        if let Some(Piece::Text(last)) = self.pieces.last_mut() {
            last.push_str(text);
        } else {
            self.pieces.push(Piece::Text(text.to_owned()));
        }
    }

    pub(super) fn push(&mut self, piece: Piece) {
        match piece {
            Piece::Text(text) => self.push_str(&text),
            other => {
                let more = size(&other);
                if self.size + more < MAX_TEXT {
                    self.size += more;
                    self.pieces.push(other);
                }
            }
        }
    }

    pub(super) fn append(&mut self, other: Self) {
        other.pieces.into_iter().for_each(|piece| self.push(piece));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// The text when all of it is known.
    pub(super) fn known(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// Without line ends at its end, as a command substitution leaves it.
    pub(super) fn trimmed(mut self) -> Self {
        if let Some(Piece::Text(last)) = self.pieces.last_mut() {
            last.truncate(last.trim_end_matches('\n').len());
            if last.is_empty() {
                self.pieces.pop();
            }
        }
        self
    }

    /// Bytes and pieces together.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    pub(super) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    pub(super) fn into_pieces(self) -> Vec<Piece> {
        self.pieces
    }
}

fn size(piece: &Piece) -> usize {
    1 + match piece {
        Piece::Text(text) => text.len(),
        Piece::OwnAddress => 15,
        Piece::Dialed { host, .. } => 64 + host.len(),
        Piece::Length(pieces) => LENGTH_SIZE + pieces.iter().map(size).sum::<usize>(),
    }
}
