//! Shows every page over the tests' made-up port, to look at while working on style or islands:
//! `cargo xtask assets && cargo run -p app --example preview`. One address per kind of visitor.
//! Not the server: nothing is kept, and the live stream plays one short story.
#![recursion_limit = "256"]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a tool for the developer")]

#[path = "../tests/fixture/mod.rs"]
mod fixture;

use std::{convert::Infallible, path::Path, time::Duration};

use app::{
    App, Assets, STYLE, Scripts,
    model::{LiveStep, LiveWorkshop, NextEvent, Role, StepState, Verdict},
};
use axum::{
    Router,
    extract::{Path as Part, Request},
    http::header,
    response::{IntoResponse, Sse, sse::Event},
    routing::{get, post},
};
use fixture::Fixture;
use leptos::prelude::provide_context;
use tokio_stream::{Stream, StreamExt as _};

const PKG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/site/pkg");

#[tokio::main]
async fn main() {
    let _ = any_spawner::Executor::init_tokio();
    let visitors = [
        ("stranger", Fixture::of(None)),
        ("student", Fixture::of(Some(Role::Student))),
        ("instructor", Fixture::of(Some(Role::Instructor))),
        ("student with marks", Fixture { released: true, ..Fixture::of(Some(Role::Student)) }),
        ("nothing yet", Fixture { empty: true, ..Fixture::of(Some(Role::Instructor)) }),
    ];
    let mut serving = tokio::task::JoinSet::new();
    for (who, fixture) in visitors {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("http://{} {who}", listener.local_addr().unwrap());
        serving.spawn(async move { axum::serve(listener, router(fixture)).await });
    }
    while serving.join_next().await.is_some() {}
}

fn router(fixture: Fixture) -> Router {
    let assets = assets();
    let context = move || {
        provide_context(fixture.clone().port());
        provide_context(assets.clone());
    };
    let act = context.clone();
    Router::new()
        .route("/pkg/{file}", get(file))
        .route("/live/{slug}", get(|| async { Sse::new(story()) }))
        .route("/live/workshop/{id}", get(|| async { Sse::new(class()) }))
        .route(
            "/do/{action}",
            post(move |request: Request| leptos_axum::handle_server_fns_with_context(act, request)),
        )
        .fallback(leptos_axum::render_app_async_with_context(context, App))
}

fn assets() -> Assets {
    let manifest = std::fs::read(Path::new(PKG).join("manifest.json")).unwrap_or_else(|_| b"{}".to_vec());
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).expect("xtask wrote it");
    let scripts = |which: &str| {
        serde_json::from_value::<Scripts>(manifest[which].clone()).unwrap_or_default().within("/pkg")
    };
    Assets { style: "/pkg/style.css".into(), page: scripts("page"), desk: scripts("desk") }
}

async fn file(Part(name): Part<String>) -> impl IntoResponse {
    let (kind, bytes) = match Path::new(&name).extension().and_then(|extension| extension.to_str()) {
        Some("css") => ("text/css", STYLE.into()),
        Some("js") => ("text/javascript", std::fs::read(Path::new(PKG).join(&name)).unwrap_or_default()),
        Some("wasm") => ("application/wasm", std::fs::read(Path::new(PKG).join(&name)).unwrap_or_default()),
        _ => ("image/svg+xml", include_bytes!("../../style/icon.svg").to_vec()),
    };
    ([(header::CONTENT_TYPE, kind)], bytes)
}

/// A check passes every three seconds.
fn story() -> impl Stream<Item = Result<Event, Infallible>> {
    let moments = tokio_stream::iter(0..=5).throttle(Duration::from_secs(3));
    moments.map(|passed| {
        let mut checks = fixture::checks("");
        for check in checks.iter_mut().take(passed) {
            check.verdict = Verdict::Passed;
        }
        let mut steps = fixture::steps();
        if passed == 5 {
            steps[3].state = StepState::Passed;
            steps[4].state = StepState::Current;
        }
        let next_event = (passed < 3).then(|| NextEvent {
            waiting_for: "three instances to boot".into(),
            usual_seconds: 45,
            elapsed_seconds: 20,
        });
        Ok(Event::default()
            .json_data(LiveStep { steps, number: 4, checks, next_event, stack: None })
            .unwrap())
    })
}

fn class() -> impl Stream<Item = Result<Event, Infallible>> {
    let moments = tokio_stream::iter(0..5).throttle(Duration::from_secs(3));
    moments.map(|passed| {
        let mut rows = fixture::classroom::rows("Grace Hopper");
        rows[1].passed += passed;
        rows[1].step += passed;
        Ok(Event::default().json_data(LiveWorkshop { rows, stacks: None }).unwrap())
    })
}
