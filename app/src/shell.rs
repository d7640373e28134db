//! The document around every page: head, assets, header, footer, and the policy for what a browser may load.

use http::{HeaderName, HeaderValue, StatusCode, header, request::Parts};
use leptos::{nonce::use_nonce, prelude::*};
use leptos_axum::ResponseOptions;
use server_fn::ServerFn;

use crate::{
    actions::SignOut,
    api::{Answer, Port},
    error::ApiError,
    islands::ThemeToggle,
    model::{Person, Role},
    pages,
};

/// The whole style sheet.
pub const STYLE: &str = concat!(
    include_str!("../../style/tokens.css"),
    include_str!("../../style/base.css"),
    include_str!("../../style/pieces.css"),
    include_str!("../../style/pages.css"),
    include_str!("../../style/step.css"),
);

/// Where the browser finds style and script; addresses on this origin. The server provides it as context.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assets {
    /// The style sheet.
    pub style: String,
    /// For most pages.
    pub page: Scripts,
    /// For pages where one writes or teaches: the same, and the islands of the feature `desk`.
    pub desk: Scripts,
}

/// What brings a page's islands to life; nothing if the front end has not been built.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
pub struct Scripts {
    /// The script that starts them.
    pub script: Option<String>,
    /// Modules and WebAssembly the script will ask for.
    pub preload: Vec<String>,
}

impl Scripts {
    /// Names of files become addresses in this folder.
    #[must_use]
    pub fn within(self, folder: &str) -> Self {
        let address = |name: String| format!("{folder}/{name}");
        Self { script: self.script.map(address), preload: self.preload.into_iter().map(address).collect() }
    }
}

/// What was typed into the form that came back with an error, secrets aside. The server provides it as context.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// The form's action: `/do/join`.
    pub action: String,
    /// Names and values.
    pub fields: Vec<(String, String)>,
}

/// What a page gives the shell.
pub(crate) struct Page {
    /// Before the site's name in the window's title.
    pub(crate) title: String,
    /// The layout, for the style sheet.
    pub(crate) layout: &'static str,
    /// What is in `main`.
    pub(crate) body: AnyView,
    /// Whether it has islands of the feature `desk`.
    desk: bool,
}

impl Page {
    pub(crate) fn new(title: impl Into<String>, layout: &'static str, body: impl IntoView + 'static) -> Self {
        Self { title: title.into(), layout, body: body.into_any(), desk: false }
    }

    /// With the scripts of the islands for writing and teaching, if it has any.
    pub(crate) fn with_desk(self, desk: bool) -> Self {
        Self { desk, ..self }
    }
}

/// The request's port.
pub(crate) fn port() -> Answer<Port> {
    use_context::<Port>().ok_or(ApiError::Internal)
}

/// Renders a page when it has what it needs; an error becomes a page of its own, with its status.
pub(crate) fn page(load: impl Future<Output = Answer<Page>> + Send + 'static) -> impl IntoView {
    if let Some(context) = Owner::current_shared_context() {
        // Islands turn it on for themselves.
        context.set_is_hydrating(false);
    }
    Suspend::new(async move {
        let me = match port() {
            Ok(port) => port.accounts.me().await.unwrap_or_default(),
            Err(_) => None,
        };
        let page = load.await.unwrap_or_else(|error| {
            set_status(error.status());
            pages::error::page(&error, me.as_ref())
        });
        document(me, page)
    })
}

fn set_status(status: u16) {
    if let (Some(options), Ok(status)) = (use_context::<ResponseOptions>(), StatusCode::from_u16(status)) {
        options.set_status(status);
    }
}

/// Scripts only from here or with this reply's nonce, no inline styles, nobody frames us.
fn set_policy(nonce: &str) {
    let policy = format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    let headers = [
        (header::CONTENT_SECURITY_POLICY, policy.as_str()),
        // Forms are sent back to the page they came from: `no-referrer` would break them.
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    let Some(options) = use_context::<ResponseOptions>() else { return };
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            options.insert_header(name, value);
        }
    }
}

/// The look the person chose, if any, from its cookie.
fn theme() -> Option<&'static str> {
    let parts = use_context::<Parts>()?;
    let cookies = parts.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let chosen =
        cookies.flat_map(|line| line.split(';')).find_map(|pair| pair.trim().strip_prefix("theme="))?;
    match chosen {
        "dark" => Some("dark"),
        "light" => Some("light"),
        _ => None,
    }
}

fn document(me: Option<Person>, page: Page) -> AnyView {
    let assets = use_context::<Assets>().unwrap_or_default();
    if let Some(nonce) = use_nonce() {
        set_policy(&nonce);
    }
    let theme = theme();
    let scripts = if page.desk { assets.desk } else { assets.page };
    let preload: Vec<_> = scripts
        .preload
        .iter()
        .map(|href| {
            if href.rsplit('.').next() == Some("wasm") {
                view! { <link rel="preload" href=href.clone() r#as="fetch" r#type="application/wasm" crossorigin="anonymous" /> }
                    .into_any()
            } else {
                view! { <link rel="modulepreload" href=href.clone() /> }.into_any()
            }
        })
        .collect();
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <title>{format!("{} · Drydock", page.title)}</title>
                <link rel="icon" href="/pkg/icon.svg" r#type="image/svg+xml" />
                <link rel="stylesheet" href=assets.style />
                {preload}
                {scripts.script.map(|script| view! { <script type="module" src=script></script> }.into_any())}
            </head>
            <body>
                <a class="skip" href="#main">"Skip to the content"</a>
                {header_view(me, theme == Some("dark")).into_any()}
                <main id="main" data-layout=page.layout>{page.body}</main>
            </body>
        </html>
    }
    .into_any()
}

fn header_view(me: Option<Person>, dark: bool) -> impl IntoView {
    let teaches = me.as_ref().is_some_and(|me| me.role == Role::Instructor);
    let who = match me {
        None => view! { <a href="/join">"Join"</a> <a href="/sign-in">"Sign in"</a> }.into_any(),
        Some(me) => {
            let role = match me.role {
                Role::Guest => "guest",
                Role::Student => "student",
                Role::Instructor => "instructor",
            };
            view! {
                <a href="/account" class="who">{me.name} <span class="faint">" " {role}</span></a>
                <form method="post" action=SignOut::url()><button class="quiet link">"Sign out"</button></form>
            }
            .into_any()
        }
    };
    view! {
        <header class="top">
            <a class="brand" href="/">
                <svg class="logo" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
                    <path d="M3 9v9a3 3 0 0 0 3 3h12a3 3 0 0 0 3-3V9" />
                    <path class="logo-hull" d="M6.500 11h11l-1.600 5.200H8.100z" />
                    <path d="M12 11V3.500l4 3" />
                </svg>
                "Drydock"
            </a>
            <nav aria-label="Main">
                <a href="/">"Labs"</a>
                {teaches.then(|| view! { <a href="/teach">"Workshops"</a> })}
            </nav>
            <div class="top-end">{who} {view! { <ThemeToggle dark=dark /> }.into_any()}</div>
        </header>
    }
}
