//! A Query answer as a small tree. Bounded in depth and number of elements, because a relay, a proxy or a mistake may
//! answer in AWS's place.
//!
//! Not here: attributes, namespaces and comments, which Query answers carry no data in.

use quick_xml::Reader;
use quick_xml::events::Event;

const MAX_DEPTH: usize = 24;
const MAX_ELEMENTS: usize = 400_000;

/// One element: its children, or its text.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Element {
    name: String,
    text: String,
    children: Vec<Element>,
}

/// Not XML, or more of it than any answer of AWS's has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum XmlError {
    #[error("the answer is not XML: {0}")]
    Malformed(String),
    #[error("the answer is nested too deeply or too long")]
    TooLarge,
}

impl Element {
    pub(crate) fn parse(document: &[u8]) -> Result<Self, XmlError> {
        let malformed = |e: &dyn std::fmt::Display| XmlError::Malformed(e.to_string());
        let text = std::str::from_utf8(document).map_err(|e| malformed(&e))?;
        let mut reader = Reader::from_str(text);
        let mut open: Vec<Self> = vec![Self::default()];
        let mut count = 0_usize;
        loop {
            match reader.read_event().map_err(|e| malformed(&e))? {
                Event::Start(start) => {
                    count += 1;
                    if open.len() > MAX_DEPTH || count > MAX_ELEMENTS {
                        return Err(XmlError::TooLarge);
                    }
                    open.push(Self::named(start.local_name().as_ref()));
                }
                Event::Empty(start) => {
                    count += 1;
                    if count > MAX_ELEMENTS {
                        return Err(XmlError::TooLarge);
                    }
                    if let Some(parent) = open.last_mut() {
                        parent.children.push(Self::named(start.local_name().as_ref()));
                    }
                }
                Event::End(_) => {
                    let done = open.pop().unwrap_or_default();
                    match open.last_mut() {
                        Some(parent) => parent.children.push(done),
                        None => return Err(malformed(&"an element is closed twice")),
                    }
                }
                Event::Text(text) => push_text(&mut open, &text),
                Event::CData(text) => push_text(&mut open, &text),
                Event::GeneralRef(reference) => {
                    let resolved = match reference.resolve_char_ref().map_err(|e| malformed(&e))? {
                        Some(character) => character.to_string(),
                        None => quick_xml::escape::resolve_predefined_entity(&reference)
                            .ok_or_else(|| malformed(&format!("unknown entity {}", &*reference)))?
                            .to_owned(),
                    };
                    push_text(&mut open, &resolved);
                }
                Event::Eof => break,
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
        let (Some(mut root), true) = (open.pop(), open.is_empty()) else {
            return Err(malformed(&"it ends in the middle"));
        };
        root.children.pop().ok_or_else(|| malformed(&"it is empty"))
    }

    fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The text between its own tags.
    pub(crate) fn own_text(&self) -> &str {
        self.text.trim()
    }

    /// The first child of that name.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|c| c.name == name)
    }

    /// The text at a path of children; empty where there is none.
    pub(crate) fn text(&self, path: &str) -> &str {
        let mut here = self;
        for name in path.split('.') {
            match here.child(name) {
                Some(child) => here = child,
                None => return "",
            }
        }
        here.text.trim()
    }

    /// The text at a path, where it is there and not empty.
    pub(crate) fn maybe(&self, path: &str) -> Option<String> {
        Some(self.text(path)).filter(|t| !t.is_empty()).map(str::to_owned)
    }

    /// The text at a path, owned.
    pub(crate) fn string(&self, path: &str) -> String {
        self.text(path).to_owned()
    }

    /// Whether the text at a path is `true`.
    pub(crate) fn is_true(&self, path: &str) -> bool {
        self.text(path) == "true"
    }

    /// The number at a path, where there is one.
    pub(crate) fn number<T: std::str::FromStr>(&self, path: &str) -> Option<T> {
        self.text(path).parse().ok()
    }

    /// The `member` children of the list of that name, as in awsQuery.
    pub(crate) fn members(&self, list: &str) -> impl Iterator<Item = &Self> {
        self.child(list).into_iter().flat_map(|l| l.children.iter()).filter(|c| c.name == "member")
    }

    /// All children of the list of that name: some services name them after what they are.
    pub(crate) fn children_of(&self, list: &str) -> impl Iterator<Item = &Self> {
        self.child(list).into_iter().flat_map(|l| l.children.iter())
    }

    /// The `item` children of the list of that name, as in ec2Query.
    pub(crate) fn items(&self, list: &str) -> impl Iterator<Item = &Self> {
        self.child(list).into_iter().flat_map(|l| l.children.iter()).filter(|c| c.name == "item")
    }
}

fn push_text(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_ec2_answers() {
        let tree = Element::parse(
            br#"<?xml version="1.0" encoding="UTF-8"?>
            <DescribeVpcsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><vpcSet>
              <item><vpcId>vpc-1</vpcId><isDefault>true</isDefault><tagSet><item><key>Name</key>
              <value>a &amp; b&#33;</value></item></tagSet></item><item><vpcId>vpc-2</vpcId><tagSet/></item>
            </vpcSet></DescribeVpcsResponse>"#,
        )
        .unwrap();
        assert_eq!(tree.name(), "DescribeVpcsResponse");
        let vpcs: Vec<_> = tree.items("vpcSet").collect();
        assert_eq!(vpcs.len(), 2);
        assert!(vpcs[0].is_true("isDefault"));
        assert_eq!(vpcs[0].items("tagSet").next().unwrap().text("value"), "a & b!");
        assert_eq!(vpcs[1].text("vpcId"), "vpc-2");
        assert_eq!(vpcs[1].text("no.such.path"), "");
    }

    #[test]
    fn hostile_answers_are_refused() {
        let deep = "<a>".repeat(5000);
        assert_eq!(Element::parse(deep.as_bytes()), Err(XmlError::TooLarge));
        let wide = format!("<a>{}</a>", "<b/>".repeat(MAX_ELEMENTS + 1));
        assert_eq!(Element::parse(wide.as_bytes()), Err(XmlError::TooLarge));
        for text in ["", "<a>", "</a>", "<a></b>", "plain", "<a>&unknown;</a>", "{\"json\":true}"] {
            assert!(matches!(Element::parse(text.as_bytes()), Err(XmlError::Malformed(_))), "{text}");
        }
    }
}
