//! Paging over an ordered list, with opaque tokens. Follows the AWS services' `nextToken` conventions.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// One page and the token of the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// At most the asked-for number of items.
    pub items: Vec<T>,
    /// None on the last page.
    pub next: Option<String>,
}

/// A token that this crate did not issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadToken;

/// Cuts a page out of `items`, which must be ordered by `key`, unique per item. The token names the last key
/// seen, so items that come and go between pages neither repeat nor hide others.
pub fn page<T>(
    items: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> String,
    limit: usize,
    token: Option<&str>,
) -> Result<Page<T>, BadToken> {
    let after = token.map(decode).transpose()?;
    let mut rest = items.into_iter().skip_while(|item| after.as_ref().is_some_and(|last| key(item) <= *last));
    let items: Vec<T> = rest.by_ref().take(limit.max(1)).collect();
    let more = rest.next().is_some();
    let next = items.last().filter(|_| more).map(|item| URL_SAFE_NO_PAD.encode(key(item)));
    Ok(Page { items, next })
}

fn decode(token: &str) -> Result<String, BadToken> {
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| BadToken)?;
    String::from_utf8(bytes).map_err(|_| BadToken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_cover_everything_once() {
        let all = ["a", "b", "c", "d", "e"];
        let mut seen = Vec::new();
        let mut token = None;
        loop {
            let page = page(all, |s| (*s).to_owned(), 2, token.as_deref()).unwrap();
            seen.extend(page.items);
            token = page.next;
            if token.is_none() {
                break;
            }
        }
        assert_eq!(seen, all);
        assert_eq!(page(all, |s| (*s).to_owned(), 2, Some("?")), Err(BadToken));
    }
}
