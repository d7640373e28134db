//! awsQuery and ec2Query: a form in, XML out.

use super::xml::Element;
use super::{Ask, MAX_PAGES, Service, Settings, Thin};
use crate::cloud::Trouble;

/// The form of one request, in order, before encoding.
pub(crate) type Form = Vec<(String, String)>;

/// A form from plain pairs.
pub(crate) fn form(pairs: &[(&str, &str)]) -> Form {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// A service that speaks a Query protocol. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    thin: Thin,
    version: &'static str,
}

impl Query {
    pub(in crate::cloud) fn new(service: Service, version: &'static str, settings: &Settings<'_>) -> Self {
        Self { thin: Thin::new(service, settings), version }
    }

    /// One call; an answer with that action's root element.
    pub(crate) async fn call(&self, action: &str, mut form: Form) -> Result<Element, Trouble> {
        form.insert(0, ("Action".to_owned(), action.to_owned()));
        form.insert(1, ("Version".to_owned(), self.version.to_owned()));
        let body: Vec<String> =
            form.iter().map(|(key, value)| format!("{}={}", encode(key), encode(value))).collect();
        let ask = Ask {
            uri: "/".to_owned(),
            content_type: "application/x-www-form-urlencoded",
            body: body.join("&"),
            ..Ask::default()
        };
        let bytes = self.thin.send(ask).await?;
        let answer = Element::parse(&bytes).map_err(|error| Trouble::Other(format!("{action}: {error}")))?;
        if answer.name() == format!("{action}Response") {
            Ok(answer)
        } else {
            Err(Trouble::Other(format!("{action} was answered with <{}>", answer.name())))
        }
    }

    /// All pages of one awsQuery list, its members through `read`: `Marker` in, `NextMarker` out.
    pub(crate) async fn list<T>(
        &self,
        action: &str,
        form: Form,
        list: &str,
        read: impl Fn(&Element) -> T,
    ) -> Result<Vec<T>, Trouble> {
        let mut all = Vec::new();
        let mut marker: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let mut page = form.clone();
            page.extend(marker.take().map(|marker| ("Marker".to_owned(), marker)));
            let answer = self.call(action, page).await?;
            let Some(result) = answer.child(&format!("{action}Result")) else {
                return Err(Trouble::Other(format!("{action} was answered without a result")));
            };
            all.extend(result.members(list).map(&read));
            marker = result.maybe("NextMarker");
            if marker.is_none() {
                return Ok(all);
            }
        }
        Err(Trouble::Other(format!("{action} has more than {MAX_PAGES} pages")))
    }
}

/// As `SigV4` and HTML forms both read it: everything but RFC 3986's unreserved characters.
fn encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, UNRESERVED_KEPT).to_string()
}

const UNRESERVED_KEPT: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
