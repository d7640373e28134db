//! Every page, rendered as the server renders it, over a made-up port.
#![recursion_limit = "256"]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod fixture;

use app::{App, Assets, Scripts, model::Role};
use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
};
use fixture::{Fixture, HOSTILE};
use leptos::prelude::provide_context;

struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Reply {
    fn header(&self, name: impl header::AsHeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

async fn get(fixture: Fixture, path: &str) -> Reply {
    send(fixture, Request::get(path).header("cookie", "a=b; theme=dark")).await
}

async fn send(fixture: Fixture, request: axum::http::request::Builder) -> Reply {
    let _ = any_spawner::Executor::init_tokio();
    let port = fixture.port();
    let context = move || {
        provide_context(port.clone());
        provide_context(Assets {
            style: "/pkg/drydock.css".into(),
            page: Scripts {
                script: Some("/pkg/boot.js".into()),
                preload: vec!["/pkg/client.js".into(), "/pkg/client.wasm".into()],
            },
            desk: Scripts { script: Some("/pkg/boot-desk.js".into()), preload: Vec::new() },
        });
    };
    let request = request.body(Body::empty()).unwrap();
    let response = leptos_axum::render_app_async_with_context(context, App)(request).await;
    read(response).await
}

async fn post(fixture: Fixture, path: &str, form: &str, html: bool) -> Reply {
    let _ = any_spawner::Executor::init_tokio();
    let port = fixture.port();
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, if html { "text/html,*/*" } else { "application/json" })
        .header(header::REFERER, "http://drydock.test/where?it=was")
        .body(Body::from(form.to_owned()))
        .unwrap();
    let context = move || provide_context(port.clone());
    read(axum::response::IntoResponse::into_response(
        leptos_axum::handle_server_fns_with_context(context, request).await,
    ))
    .await
}

async fn read(response: axum::response::Response) -> Reply {
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, 4 << 20).await.unwrap();
    Reply {
        status: parts.status,
        headers: parts.headers,
        text: String::from_utf8(bytes.to_vec()).unwrap().replace("<!>", ""),
    }
}

fn student() -> Fixture {
    Fixture::of(Some(Role::Student))
}

fn instructor() -> Fixture {
    Fixture::of(Some(Role::Instructor))
}

/// Path, who, and sentences that must be there without any script.
fn all_pages() -> Vec<(&'static str, Fixture, Vec<&'static str>)> {
    let step = vec![
        "Open the right ports",
        "aws ec2 create-security-group",
        "The rule allows another port",
        "tcp 8080 from 0.0.0.0/0",
        "Authorize ingress for tcp port 80",
        "the agent of i-0a12 to register",
        "the request was throttled",
        "three instances to boot",
        "Skip ahead",
        "AWS_SECRET_ACCESS_KEY",
        "Look at the port numbers once more",
        "In 25 min this stack is deleted",
        "On AWS: about $0.12 an hour",
        "Delete the stack",
        "ec2-54-12-9-201.compute-1.amazonaws.com",
    ];
    vec![
        ("/", Fixture::of(None), vec!["Start as a guest", "Weave Net"]),
        ("/", Fixture { empty: true, ..Fixture::of(None) }, vec!["No labs yet"]),
        ("/labs/weave-by-hand", Fixture::of(None), vec!["Start as a guest", "Launch three instances"]),
        (
            "/labs/weave-by-hand",
            student(),
            vec!["Go on with step 4", "This cannot be undone", "The maximum number of VPCs", "Try again"],
        ),
        ("/labs/weave-by-hand/steps/4", student(), step),
        (
            "/labs/weave-by-hand/steps/1",
            student(),
            vec![
                "Step complete",
                "Next step",
                "2 things are still there",
                "in its way",
                "Try again to delete it",
            ],
        ),
        (
            "/labs/weave-by-hand/deliverable",
            student(),
            vec!["<textarea", "Two ways to run a program</h2>", "Hand in", "Saved 21 Nov 2026"],
        ),
        (
            "/labs/weave-by-hand/deliverable",
            Fixture { released: true, ..student() },
            vec!["7 of 10", "Well observed"],
        ),
        ("/sign-in", Fixture::of(None), vec!["Password"]),
        ("/join?code=KLM-4827", Fixture::of(None), vec!["KLM-4827"]),
        ("/invite/fresh", Fixture::of(None), vec!["Make my account"]),
        ("/invite/used", Fixture::of(None), vec!["This link has been used"]),
        ("/account", student(), vec!["Keep my work"]),
        ("/account", instructor(), vec!["Present password"]),
        ("/teach", instructor(), vec!["Containers, group B", "KLM-4827"]),
        ("/teach", Fixture { empty: true, ..instructor() }, vec!["No workshops yet"]),
        (
            "/teach/w1",
            instructor(),
            vec![
                "No route to the internet",
                "32 min",
                "Look in",
                "class.csv",
                "Delete all stacks",
                "value=\"25.00\"",
                "nat-0a1 (in the way)",
            ],
        ),
        (
            "/teach/w1",
            Fixture { empty: true, ..instructor() },
            vec!["Waiting for the first student", "No stack has been asked for yet"],
        ),
        (
            "/teach/w1/submissions/a1",
            instructor(),
            vec!["points[same]", "Save and release", "24 words", "Next to mark"],
        ),
    ]
}

#[tokio::test]
async fn every_page_is_whole_without_a_script() {
    for (path, fixture, sentences) in all_pages() {
        let reply = get(fixture, path).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}");
        assert!(
            reply.text.trim_start().to_ascii_lowercase().starts_with("<!doctype html>"),
            "{path}: {:.200}",
            reply.text
        );
        assert!(reply.text.contains("</html>"), "{path}");
        assert!(reply.text.contains("data-theme=\"dark\""), "{path}");
        assert!(reply.text.contains("<title>"), "{path}");
        // A command's words are kept whole by elements of their own.
        let text = reply.text.replace("<span class=\"whole\">", "").replace("</span>", "");
        for sentence in sentences {
            assert!(
                reply.text.contains(sentence) || text.contains(sentence),
                "{path} lacks {sentence:?}:\n{}",
                reply.text
            );
        }
        // The scripts that have its islands, and no more.
        let at_the_desk = ["Editor_", "ClassTable_", "ClassStackTable_"]
            .iter()
            .any(|island| reply.text.contains(&format!("data-component=\"{island}")));
        let script = if at_the_desk { "/pkg/boot-desk.js" } else { "/pkg/boot.js" };
        assert!(reply.text.contains(&format!("src=\"{script}\"")), "{path} lacks {script}");
        assert!(!reply.text.contains(" style="), "{path}: an inline style would be refused by the policy");
    }
}

#[tokio::test]
async fn the_policy_lets_run_only_what_carries_its_nonce() {
    let reply = get(student(), "/labs/weave-by-hand/steps/4").await;
    let policy = reply.header(header::CONTENT_SECURITY_POLICY);
    let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap();
    assert!(nonce.len() >= 16);
    assert!(!policy.contains("unsafe-inline"));
    let inline =
        reply.text.split("<script").skip(1).filter(|rest| !rest.split('>').next().unwrap().contains("src="));
    for script in inline {
        assert!(script.split('>').next().unwrap().contains(&format!("nonce=\"{nonce}\"")), "{script:.120}");
    }
    let other = get(student(), "/labs/weave-by-hand/steps/4").await;
    assert!(!other.header(header::CONTENT_SECURITY_POLICY).contains(nonce), "a nonce serves one reply");
}

#[tokio::test]
async fn hostile_text_stays_text() {
    for (path, fixture, _) in all_pages() {
        let reply = get(Fixture { hostile: true, ..fixture }, path).await;
        assert!(!reply.text.contains("<script>alert"), "{path}");
        assert!(!reply.text.contains("<img src=x"), "{path}");
    }
    let reply = get(Fixture { hostile: true, ..student() }, "/labs/weave-by-hand/steps/4").await;
    assert!(reply.text.contains("&lt;script&gt;alert(1)"), "it is shown, escaped");
    // In an address and in an error that came back by one.
    for path in
        ["/join?code=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "/sign-in?next=%22%3E%3Cscript%3Ealert(1)"]
    {
        assert!(!get(Fixture::of(None), path).await.text.contains("<script>alert"), "{path}");
    }
    let reply = get(Fixture { hostile: true, ..student() }, "/labs/weave-by-hand/deliverable").await;
    let inside = reply.text.split("<textarea").nth(1).unwrap().split("</textarea>").next().unwrap();
    assert!(inside.contains(&HOSTILE.replace('&', "&amp;").replace('<', "&lt;")), "{inside}");
}

#[tokio::test]
async fn errors_are_pages_with_their_status() {
    let cases = [
        ("/nowhere", student(), 404, "Not here"),
        ("/labs/other", student(), 404, "Not here"),
        ("/labs/..%2f..%2fetc", student(), 404, "Not here"),
        ("/labs/weave-by-hand/steps/99", student(), 404, "Not here"),
        ("/labs/weave-by-hand/steps/-1", student(), 404, "Not here"),
        ("/labs/weave-by-hand/steps/4", Fixture::of(None), 401, "Start as a guest"),
        ("/account", Fixture::of(None), 401, "Sign in"),
        ("/teach", student(), 403, "Not yours to see"),
        ("/teach/w2", instructor(), 404, "Not here"),
    ];
    for (path, fixture, status, sentence) in cases {
        let reply = get(fixture, path).await;
        assert_eq!(reply.status.as_u16(), status, "{path}");
        assert!(reply.text.contains(sentence), "{path}: {}", reply.text);
        assert!(reply.text.contains("</html>"), "{path}");
    }
}

#[tokio::test]
async fn forms_go_where_they_should() {
    let reply = post(Fixture::of(None), "/do/begin", "slug=weave-by-hand", true).await;
    assert_eq!((reply.status.as_u16(), reply.header(header::LOCATION)), (302, "/labs/weave-by-hand/steps/4"));
    let reply =
        post(Fixture::of(None), "/do/sign-in", "name=a&password=right&next=//evil.example", true).await;
    assert_eq!((reply.status.as_u16(), reply.header(header::LOCATION)), (302, "/"));
    let form = "id=w1&attempt=a1&points%5Bsame%5D=2&points%5Bdiffer%5D=4&comment=Good&release=true";
    let reply = post(instructor(), "/do/mark", form, true).await;
    assert_eq!(
        (reply.status.as_u16(), reply.header(header::LOCATION)),
        (302, "/teach/w1/submissions/a1?saved")
    );
    let reply = post(student(), "/do/start-over", "slug=weave-by-hand", true).await;
    assert!(reply.header(header::LOCATION).contains("__err="), "without the tick nothing is deleted");
}

#[tokio::test]
async fn a_form_comes_back_with_its_error_and_an_island_gets_its_status() {
    let reply = post(Fixture::of(None), "/do/join", "code=XXX&name=Ada", true).await;
    assert_eq!(reply.status.as_u16(), 302);
    let back = reply.header(header::LOCATION).to_owned();
    assert!(back.starts_with("http://drydock.test/where?it=was&"), "{back}");
    let query = back.split_once('?').unwrap().1;
    let page = get(Fixture::of(None), &format!("/join?{query}")).await;
    assert!(page.text.contains("No open workshop has this code."), "{}", page.text);
    assert!(page.text.contains("aria-invalid=\"true\""));

    let reply = post(Fixture::of(None), "/do/join", "code=XXX&name=Ada", false).await;
    assert_eq!(reply.status.as_u16(), 422);
    assert!(reply.text.contains("No open workshop has this code."));
    let reply = post(student(), "/do/skip-ahead", "slug=weave-by-hand&number=4", false).await;
    assert_eq!(reply.status.as_u16(), 409);
    for form in ["slug=..%2f&number=4", "slug=weave-by-hand&number=x", "", "slug[0][1][2][3][4][5][6][7]=1"] {
        let reply = post(student(), "/do/skip-ahead", form, false).await;
        assert!(reply.status.is_client_error() || reply.status.is_server_error(), "{form}: {}", reply.status);
        assert!(!reply.text.contains("panicked"));
    }
}

#[tokio::test]
async fn secrets_are_folded_away() {
    let text = get(student(), "/labs/weave-by-hand/steps/4").await.text;
    let open = text.find("<details class=\"secret\"").unwrap();
    assert!(text[open..open + 60].split('>').next().is_some_and(|tag| !tag.contains("open")));
}
