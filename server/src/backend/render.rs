//! Markdown that people wrote, as HTML: beside the requests' own threads, and so many at once, as a long text may take a while.

use app::api::Answer;
use app::error::ApiError;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::catalog::text;
use crate::http::error::internal;

/// Texts that are rendered at once; others wait.
const AT_ONCE: usize = 4;

static TURNS: Semaphore = Semaphore::const_new(AT_ONCE);

/// Rendered and sanitised.
pub(super) async fn html(markdown: String) -> Answer<String> {
    if markdown.is_empty() {
        return Ok(markdown);
    }
    let turn = TURNS.acquire().await.map_err(|error| failed(&error))?;
    let rendering = spawn_blocking(move || {
        let _turn = turn;
        text::plain_html(&markdown)
    });
    rendering.await.map_err(|error| failed(&error))
}

fn failed(error: &(dyn std::error::Error + 'static)) -> ApiError {
    internal(error, "rendering a text")
}
