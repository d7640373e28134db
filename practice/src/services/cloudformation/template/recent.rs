//! The templates that were read last. To read one takes milliseconds, and CloudFormation asks what a stack's template means
//! whenever anything happens to the stack. This remembers a pure function: answers are the same without it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use super::model::Template;
use super::scope::{Pseudo, Values};
use crate::core::fault::Fault;

/// Most templates remembered, and the longest, in bytes: together some 20 MB of trees at most.
const MOST: usize = 16;
const LONGEST: usize = 51_200;

static RECENT: Mutex<VecDeque<(String, Arc<Template>)>> = Mutex::new(VecDeque::new());

impl Template {
    /// What [`Template::parse`] answers, without reading a text again that was read lately.
    pub fn shared(body: &str) -> Result<Arc<Self>, Fault> {
        if let Some(found) = remembered(body) {
            return Ok(found);
        }
        let template = Arc::new(Self::parse(body)?);
        if body.len() <= LONGEST {
            let mut recent = RECENT.lock().unwrap_or_else(PoisonError::into_inner);
            recent.truncate(MOST - 1);
            recent.push_front((body.to_owned(), Arc::clone(&template)));
        }
        Ok(template)
    }

    /// What [`Template::expanded`] answers, without a copy when there is nothing to expand.
    pub fn processed(self: Arc<Self>, values: &Values, pseudo: &Pseudo) -> Result<Arc<Self>, Fault> {
        if self.pending { self.expanded(values, pseudo).map(Arc::new) } else { Ok(self) }
    }
}

fn remembered(body: &str) -> Option<Arc<Template>> {
    let mut recent = RECENT.lock().unwrap_or_else(PoisonError::into_inner);
    let at = recent.iter().position(|(text, _)| text == body)?;
    let found = recent.remove(at)?;
    let template = Arc::clone(&found.1);
    recent.push_front(found);
    Some(template)
}
