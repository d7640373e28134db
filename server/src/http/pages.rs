//! The site: every page rendered for its request, the server functions, and the files a browser needs for them.
//!
//! Style and icon are part of the program. Scripts are built by `cargo xtask` into the site folder; without them the
//! pages work as they are. File names carry a hash of the content, so they may be kept forever.

use std::{path::Path, sync::Arc};

use app::{App, Assets, Scripts, api::Port};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header, request::Parts};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use leptos::prelude::provide_context;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

use super::typed;

/// Makes a request's port, bound to the session in its extensions.
pub type PortOf = Arc<dyn Fn(&Parts) -> Port + Send + Sync>;

const ICON: &str = include_str!("../../../style/icon.svg");
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// The site's routes; everything that no other route takes is a page, if only the one that says so.
pub fn router(site: &Path, port_of: PortOf) -> Router {
    // The second time it is set already.
    let _ = any_spawner::Executor::init_tokio();
    let style_name = format!("drydock.{}.css", short_hash(app::STYLE.as_bytes()));
    let site = Arc::new(Site { assets: assets(site, &style_name), port_of, files: site.join("pkg") });

    let files = Router::new()
        .route(&format!("/{style_name}"), get(|| async { text("text/css; charset=utf-8", app::STYLE) }))
        .route(
            "/icon.svg",
            get(|| async {
                ([(header::CACHE_CONTROL, "public, max-age=86400")], text("image/svg+xml", ICON))
            }),
        )
        .fallback_service(ServeDir::new(&site.files).precompressed_br())
        .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, kept));
    let actions = Arc::clone(&site);
    Router::new()
        .nest("/pkg", files)
        .route("/do/{action}", post(move |request| act(actions, request)))
        .fallback(move |request| page(site, request))
}

/// Only what was found is kept: a missing file may be there after the next build.
fn kept(response: &Response) -> Option<HeaderValue> {
    response.status().is_success().then_some(FOREVER)
}

struct Site {
    assets: Assets,
    port_of: PortOf,
    files: std::path::PathBuf,
}

impl Site {
    /// What this request's components find as context.
    fn context(&self, request: Request) -> (impl Fn() + Clone + Send + Sync + 'static, Request) {
        let (parts, body) = request.into_parts();
        let port = (self.port_of)(&parts);
        let assets = self.assets.clone();
        let typed = typed::read(&parts.uri, &parts.headers);
        let provide = move || {
            if let Some(typed) = &typed {
                provide_context(typed.clone());
            }
            provide_context(port.clone());
            provide_context(assets.clone());
        };
        (provide, Request::from_parts(parts, body))
    }
}

async fn page(site: Arc<Site>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let (context, request) = site.context(request);
    leptos_axum::render_app_async_with_context(context, App)(request).await
}

async fn act(site: Arc<Site>, request: Request) -> Response<Body> {
    let action = request.uri().path().to_owned();
    let (parts, body) = request.into_parts();
    // The router's own limit ends what is too long.
    let Ok(form) = to_bytes(body, usize::MAX).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let (context, request) = site.context(Request::from_parts(parts, Body::from(form.clone())));
    let handled = leptos_axum::handle_server_fns_with_context(context, request);
    let mut response = handled.await.into_response();
    typed::keep(&action, &form, &mut response);
    response
}

fn text(kind: &'static str, body: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, kind)], body)
}

/// What `cargo xtask` writes beside the scripts.
#[derive(Deserialize)]
struct Manifest {
    page: Scripts,
    desk: Scripts,
}

fn assets(site: &Path, style_name: &str) -> Assets {
    let style = format!("/pkg/{style_name}");
    let path = site.join("pkg/manifest.json");
    let manifest = match std::fs::read(&path) {
        Ok(bytes) => serde_json::from_slice::<Manifest>(&bytes)
            .inspect_err(|error| tracing::error!(%error, path = %path.display(), "not a manifest of scripts"))
            .ok(),
        Err(error) => {
            tracing::info!(%error, path = %path.display(), "no scripts: pages work, but do not move by themselves");
            None
        }
    };
    let Some(Manifest { page, desk }) = manifest else { return Assets { style, ..Assets::default() } };
    Assets { style, page: page.within("/pkg"), desk: desk.within("/pkg") }
}

fn short_hash(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().take(6).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
