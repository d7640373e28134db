//! awsJson1.1, and 1.0, which differs by its content type.

use super::{Ask, MAX_PAGES, Service, Settings, Thin};
use crate::cloud::Trouble;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A service that speaks awsJson1.1. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Json {
    thin: Thin,
    target: &'static str,
    content_type: &'static str,
}

impl Json {
    /// `target` is what comes before the operation in `X-Amz-Target`.
    pub(in crate::cloud) fn new(service: Service, target: &'static str, settings: &Settings<'_>) -> Self {
        Self { thin: Thin::new(service, settings), target, content_type: "application/x-amz-json-1.1" }
    }

    /// The same with another content type.
    pub(in crate::cloud) fn speaking(mut self, content_type: &'static str) -> Self {
        self.content_type = content_type;
        self
    }

    /// One call.
    pub(crate) async fn call(&self, operation: &str, input: &Value) -> Result<Value, Trouble> {
        let ask = Ask {
            uri: "/".to_owned(),
            content_type: self.content_type,
            target: Some(format!("{}.{operation}", self.target)),
            body: input.to_string(),
            ..Ask::default()
        };
        let bytes = self.thin.send(ask).await?;
        serde_json::from_slice(&bytes)
            .map_err(|error| Trouble::Other(format!("{operation} was answered with: {error}")))
    }

    /// All pages of one list. The token's member is the same in and out (`nextToken` or `NextToken`). Members that do not
    /// fit `T` are an error: AWS's shapes do not change.
    pub(crate) async fn list<T: DeserializeOwned>(
        &self,
        operation: &str,
        mut input: Value,
        list: &str,
        token: &str,
    ) -> Result<Vec<T>, Trouble> {
        let mut all = Vec::new();
        for _ in 0..MAX_PAGES {
            let mut page = self.call(operation, &input).await?;
            let items = page.get_mut(list).map(Value::take).unwrap_or_default();
            let items: Option<Vec<T>> = serde_json::from_value(items)
                .map_err(|error| Trouble::Other(format!("{operation} was answered with: {error}")))?;
            all.extend(items.unwrap_or_default());
            match page.get(token) {
                Some(Value::String(next)) if !next.is_empty() => {
                    if let Some(input) = input.as_object_mut() {
                        input.insert(token.to_owned(), Value::String(next.clone()));
                    }
                }
                _ => return Ok(all),
            }
        }
        Err(Trouble::Other(format!("{operation} has more than {MAX_PAGES} pages")))
    }
}
