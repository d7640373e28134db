//! An XML body as a small tree: elements with their children or their text. Attributes, namespaces and comments carry no
//! data here. Bounded in depth and number of elements.

use quick_xml::Reader;
use quick_xml::events::Event;

const MAX_DEPTH: usize = 12;
const MAX_ELEMENTS: usize = 20_000;

/// One element.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Element {
    name: String,
    text: String,
    children: Vec<Element>,
}

/// Not XML, or more of it than any request has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the document is not well-formed XML")]
pub struct Malformed;

impl Element {
    /// Reads a document.
    pub fn parse(document: &[u8]) -> Result<Self, Malformed> {
        let text = std::str::from_utf8(document).map_err(|_| Malformed)?;
        let mut reader = Reader::from_str(text);
        let mut open: Vec<Self> = vec![Self::default()];
        let mut count = 0_usize;
        loop {
            match reader.read_event().map_err(|_| Malformed)? {
                Event::Start(start) => {
                    count += 1;
                    if open.len() > MAX_DEPTH || count > MAX_ELEMENTS {
                        return Err(Malformed);
                    }
                    open.push(Self::named(start.local_name().as_ref()));
                }
                Event::Empty(start) => {
                    count += 1;
                    let parent = open.last_mut().filter(|_| count <= MAX_ELEMENTS).ok_or(Malformed)?;
                    parent.children.push(Self::named(start.local_name().as_ref()));
                }
                Event::End(_) => {
                    let done = open.pop().unwrap_or_default();
                    open.last_mut().ok_or(Malformed)?.children.push(done);
                }
                Event::Text(text) => push_text(&mut open, &text),
                Event::CData(text) => push_text(&mut open, &text),
                Event::GeneralRef(reference) => {
                    let resolved = match reference.resolve_char_ref().map_err(|_| Malformed)? {
                        Some(character) => character.to_string(),
                        None => quick_xml::escape::resolve_predefined_entity(&reference)
                            .ok_or(Malformed)?
                            .to_owned(),
                    };
                    push_text(&mut open, &resolved);
                }
                Event::Eof => break,
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
        match (open.pop(), open.is_empty()) {
            (Some(mut root), true) => root.children.pop().ok_or(Malformed),
            _ => Err(Malformed),
        }
    }

    fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// The children of that name.
    pub fn all<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The text of the first child of that name; empty without one.
    pub fn text_of(&self, name: &str) -> String {
        self.all(name).next().map(|child| child.text.trim().to_owned()).unwrap_or_default()
    }
}

fn push_text(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}
