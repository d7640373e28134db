//! What a browser does: keeps the cookie, says where a post was made, follows nothing by itself.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tower::ServiceExt as _;

/// One person's browser.
#[derive(Clone)]
pub(crate) struct Browser {
    router: Router,
    pub(crate) cookie: Option<String>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |value| value.to_str().unwrap())
    }

    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.status, StatusCode::OK, "{}", self.body);
        self
    }

    #[track_caller]
    pub(crate) fn refused(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self
    }

    #[track_caller]
    pub(crate) fn shows(self, text: &str) -> Self {
        assert!(self.body.contains(text), "does not show {text:?}: {}", self.body);
        self
    }

    #[track_caller]
    pub(crate) fn hides(self, text: &str) -> Self {
        assert!(!self.body.contains(text), "shows {text:?}: {}", self.body);
        self
    }
}

impl Browser {
    pub(crate) fn new(router: Router) -> Self {
        Self { router, cookie: None }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Reply {
        self.send(Request::get(path).header(header::ACCEPT, "text/html"), Body::empty()).await
    }

    /// Posts an action of our own pages, as an island does.
    pub(crate) async fn act(&mut self, action: &str, fields: &[(&str, &str)]) -> Reply {
        self.post(action, fields, &[("sec-fetch-site", "same-origin")]).await
    }

    pub(crate) async fn post(
        &mut self,
        action: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Reply {
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let form: Vec<_> =
            fields.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
        let mut request = Request::post(format!("/do/{action}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request, Body::from(form.join("&"))).await
    }

    /// The first message of a stream, which is then closed.
    pub(crate) async fn first_event(&mut self, path: &str) -> serde_json::Value {
        self.listen(path).await.next().await
    }

    /// A stream of messages.
    pub(crate) async fn listen(&mut self, path: &str) -> Events {
        let response = self.start(Request::get(path), Body::empty()).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
        Events(response.into_body())
    }

    async fn send(&mut self, request: axum::http::request::Builder, body: Body) -> Reply {
        let response = self.start(request, body).await;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.into_body().collect().await.unwrap().to_bytes();
        Reply { status, headers, body: String::from_utf8_lossy(&body).into_owned() }
    }

    async fn start(
        &mut self,
        request: axum::http::request::Builder,
        body: Body,
    ) -> axum::http::Response<Body> {
        let mut request = request.header(header::HOST, "drydock.test");
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        for value in response.headers().get_all(header::SET_COOKIE) {
            let value = value.to_str().unwrap();
            let (pair, rest) = value.split_once(';').unwrap();
            if pair == "drydock=" {
                // The session is gone, and so is its cookie.
                self.cookie = None;
            } else if pair.starts_with("drydock=") {
                assert!(rest.contains("HttpOnly") && rest.contains("SameSite=Lax"), "{value}");
                self.cookie = Some(pair.to_owned());
            }
        }
        response
    }
}

/// An open stream of server-sent events.
pub(crate) struct Events(Body);

impl Events {
    pub(crate) async fn next(&mut self) -> serde_json::Value {
        let frame = self.0.frame().await.unwrap().unwrap().into_data().unwrap();
        let text = String::from_utf8(frame.to_vec()).unwrap();
        serde_json::from_str(text.trim().strip_prefix("data: ").unwrap()).unwrap()
    }
}
