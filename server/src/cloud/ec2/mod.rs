//! The dozen reads of EC2 that checks need. AWS's crate for EC2 takes more memory to compile than a laptop has.
//!
//! Wire: ec2Query, API version 2016-11-15. Not here: any call that changes something.

mod describe;
mod launch;
mod shapes;

use super::Trouble;
use super::thin::xml::Element;
use super::thin::{Form, MAX_PAGES, Query, Service, Settings};

pub(crate) use launch::decoded;
pub(crate) use shapes::*;

/// EC2, reads only. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Ec2 {
    query: Query,
}

impl Ec2 {
    pub(super) fn new(settings: &Settings<'_>) -> Self {
        let service = Service { host: "ec2", signing: "ec2" };
        Self { query: Query::new(service, "2016-11-15", settings) }
    }

    /// One call; an answer of EC2's with that action's root element.
    async fn call(&self, action: &str, form: Form) -> Result<Element, Trouble> {
        self.query.call(action, form).await
    }

    /// All pages of one list, as they came.
    pub(crate) async fn elements(
        &self,
        action: &str,
        form: Form,
        set: &str,
    ) -> Result<Vec<Element>, Trouble> {
        self.list(action, form, set, Element::clone).await
    }

    /// All pages of one list, its items through `read`.
    async fn list<T>(
        &self,
        action: &str,
        form: Form,
        set: &str,
        read: impl Fn(&Element) -> T,
    ) -> Result<Vec<T>, Trouble> {
        let mut all = Vec::new();
        let mut token: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let mut page = form.clone();
            page.extend(token.take().map(|t| ("NextToken".to_owned(), t)));
            let answer = self.call(action, page).await?;
            all.extend(answer.items(set).map(&read));
            token = answer.maybe("nextToken");
            if token.is_none() {
                return Ok(all);
            }
        }
        Err(Trouble::Other(format!("{action} has more than {MAX_PAGES} pages")))
    }
}

/// `Filter.1.Name=..&Filter.1.Value.1=..`.
fn filter(name: &str, values: &[&str]) -> Form {
    let mut form = vec![("Filter.1.Name".to_owned(), name.to_owned())];
    form.extend(
        values.iter().enumerate().map(|(i, v)| (format!("Filter.1.Value.{}", i + 1), (*v).to_owned())),
    );
    form
}
