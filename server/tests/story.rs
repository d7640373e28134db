//! One story of a workshop, told to both databases through the front door, and what must be refused on the way.

#![recursion_limit = "512"]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in a test, that is how it fails"
)]

mod support;

use app::model::{Cause, Verdict};
use server::classroom::progress::{Finding, StepRef, record};
use server::db::attempt;
use server::db::engine::Value;
use server::serve;
use support::Platform;
use support::browser::Browser;
use support::postgres::Postgres;

const LAB: &str = "weave-by-hand";
const STEP_1: &str = "/labs/weave-by-hand/steps/1";
const DELIVERABLE: &str = "/labs/weave-by-hand/deliverable";
const PASSWORD: &str = "correct horse battery";

#[tokio::test(flavor = "multi_thread")]
async fn the_story_on_sqlite() {
    tell(&Platform::start(None).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_story_on_postgres() {
    let server = Postgres::start();
    let platform = Platform::start(Some(&server.url())).await;
    tell(&platform).await;
    platform.state.db.close().await;
}

async fn tell(platform: &Platform) {
    platform.browser().get("/healthz").await.ok();
    let mut teacher = platform.browser();
    let (workshop, code) = an_instructor_opens_a_workshop(platform, &mut teacher).await;
    let (mut ada, mut eve) = (platform.browser(), platform.browser());
    students_join(platform, &mut ada, &mut eve, &code).await;
    let attempt = progress_is_seen(platform, &mut ada, &mut eve, &mut teacher, &workshop).await;
    a_text_is_written_and_handed_in(&mut ada).await;
    others_are_refused(platform, &mut eve, &workshop, &attempt).await;
    a_text_is_marked_and_released(platform, &mut ada, &mut teacher, &workshop, &attempt).await;
    the_class_is_exported(&mut teacher, &workshop).await;
    starting_over_keeps_text_and_keys(platform, &mut ada).await;
    work_is_kept_under_a_password(&mut ada, platform.browser()).await;
    sign_in_is_limited(platform).await;
    other_sites_are_refused(platform, &mut teacher, &workshop).await;
}

async fn an_instructor_opens_a_workshop(platform: &Platform, teacher: &mut Browser) -> (String, String) {
    let first = serve::instructor_link(&platform.state).await.unwrap().unwrap();
    let link = serve::instructor_link(&platform.state).await.unwrap().unwrap();
    let path = |link: &str| link.strip_prefix("http://drydock.test").unwrap().to_owned();
    teacher.get(&path(first.expose())).await.shows("This link has been used");
    teacher.get(&path(link.expose())).await.ok().hides("has been used");
    let token = link.expose().rsplit('/').next().unwrap().to_owned();
    let fields = [("token", token.as_str()), ("name", "Grace Hopper"), ("password", PASSWORD)];
    let short = [("token", token.as_str()), ("name", "Grace Hopper"), ("password", "short")];
    teacher.act("accept-invite", &short).await.refused(422);
    assert_eq!(teacher.act("accept-invite", &fields).await.ok().location(), "/teach");
    platform.browser().act("accept-invite", &fields).await.refused(404);
    assert!(serve::instructor_link(&platform.state).await.unwrap().is_none(), "there is an instructor");

    teacher.act("create-workshop", &[("title", " "), ("lab", LAB)]).await.refused(422);
    teacher.act("create-workshop", &[("title", "Monday"), ("lab", "no-such-lab")]).await.refused(422);
    let made = teacher.act("create-workshop", &[("title", "Monday"), ("lab", LAB)]).await.ok();
    let page = made.location().to_owned();
    let shown = teacher.get(&page).await.ok().shows("Monday");
    let code = shown.body.split("/join?code=").nth(1).unwrap()[..6].to_owned();
    (page.rsplit('/').next().unwrap().to_owned(), code)
}

async fn students_join(platform: &Platform, ada: &mut Browser, eve: &mut Browser, code: &str) {
    ada.act("join", &[("code", "CCCCCC"), ("name", "Ada")]).await.refused(422);
    ada.act("join", &[("code", code), ("name", "  ")]).await.refused(422);
    let spaced = format!(" {} {} ", code[..3].to_lowercase(), &code[3..]);
    let joined = ada.act("join", &[("code", &spaced), ("name", "Ada")]).await.ok();
    assert_eq!(joined.location(), format!("/labs/{LAB}"));

    // Eve has begun as a guest: what she has goes with her, under a new session.
    let begun = eve.act("begin", &[("slug", LAB)]).await.ok();
    assert_eq!(begun.location(), STEP_1);
    let (before, cookie) = (key_id(eve).await, eve.cookie.clone());
    eve.act("join", &[("code", code), ("name", "=Eve")]).await.ok();
    assert_eq!(key_id(eve).await, before);
    assert_ne!(eve.cookie, cookie, "who she is has changed");
    let mut old = platform.browser();
    old.cookie = cookie;
    old.get(STEP_1).await.refused(401);

    assert_ne!(key_id(ada).await, before, "everyone has an account of their own");
    platform.browser().get(STEP_1).await.refused(401);
}

/// The access key that a person's step page shows.
async fn key_id(browser: &mut Browser) -> String {
    let page = browser.get(STEP_1).await.ok();
    let at = page.body.find("AKIA").expect("a key on the step page");
    page.body[at..].chars().take_while(char::is_ascii_alphanumeric).collect()
}

async fn progress_is_seen(
    platform: &Platform,
    ada: &mut Browser,
    eve: &mut Browser,
    teacher: &mut Browser,
    workshop: &str,
) -> String {
    let class = format!("/live/workshop/{workshop}");
    let rows = teacher.first_event(&class).await;
    assert_eq!(
        (rows["rows"][0]["name"].as_str(), rows["rows"][1]["name"].as_str()),
        (Some("=Eve"), Some("Ada"))
    );
    let id = rows["rows"][1]["attempt"].as_str().unwrap().to_owned();

    let lab = &platform.state.catalog.labs[LAB];
    let of = u32::try_from(lab.steps.len()).unwrap();
    look(platform, &id, StepRef { number: 1, of, claimed: false }, failed("No such cluster")).await;
    let seen = ada.first_event(&format!("/live/{LAB}?step=1")).await;
    assert_eq!(seen["checks"][0]["verdict"]["failed"]["title"], "No such cluster");
    ada.get(STEP_1).await.ok().shows("No such cluster");
    platform.clock.advance(90_000);
    let rows = teacher.first_event(&class).await;
    assert_eq!(rows["rows"][1]["last_cause"], "No such cluster");
    assert_eq!(rows["rows"][1]["seconds_on_step"], 90);

    look(platform, &id, StepRef { number: 1, of, claimed: false }, Verdict::Passed).await;
    // Cleaning up later undoes what the step asked for; it stays passed.
    look(platform, &id, StepRef { number: 1, of, claimed: false }, failed("Gone")).await;
    let seen = ada.first_event(&format!("/live/{LAB}?step=1")).await;
    assert_eq!(
        (seen["steps"][0]["state"].as_str(), seen["steps"][1]["state"].as_str()),
        (Some("passed"), Some("current"))
    );
    let rows = teacher.first_event(&class).await;
    assert_eq!((rows["rows"][1]["passed"].as_u64(), rows["rows"][1]["step"].as_u64()), (Some(1), Some(2)));
    assert_eq!(rows["rows"][1]["seconds_on_step"], 0);
    let hers = eve.first_event(&format!("/live/{LAB}?step=1")).await;
    assert_eq!(hers["steps"][0]["state"], "current", "Ada's progress is Ada's");
    ada.get("/live/no-such-lab?step=1").await.refused(404);
    ada.get(&format!("/live/{LAB}?step=99")).await.refused(404);
    id
}

async fn look(platform: &Platform, attempt: &str, step: StepRef, verdict: Verdict) {
    let lab = &platform.state.catalog.labs[LAB];
    let checks = &lab.steps[usize::try_from(step.number).unwrap() - 1].checks;
    let found = |check: &server::catalog::check::Check| Finding {
        check_id: check.id.clone(),
        verdict: verdict.clone(),
        untouched: false,
        facts: serde_json::json!({}),
    };
    let findings: Vec<_> = checks.iter().map(found).collect();
    let mut tx = platform.state.db.begin().await.unwrap();
    record(&mut tx, attempt, step, findings, platform.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
}

fn failed(title: &str) -> Verdict {
    Verdict::Failed(Cause {
        title: title.to_owned(),
        explanation: "It is not there.".to_owned(),
        evidence: Vec::new(),
        next_action: "Create it.".to_owned(),
        command: None,
    })
}

async fn a_text_is_written_and_handed_in(ada: &mut Browser) {
    let save = |markdown: &'static str, revision: &'static str| {
        [("slug", LAB), ("markdown", markdown), ("revision", revision)]
    };
    ada.act("hand-in", &save(" ", "0")).await.refused(422);
    ada.act("autosave", &save("EC2 is a machine.", "0")).await.ok().shows("\"conflict\"");
    ada.act("autosave", &save("EC2 is a machine.", "1")).await.ok().shows("\"revision\":2");
    // Another window still has the first revision.
    ada.act("autosave", &save("lost?", "1")).await.ok().shows("\"conflict\"").shows("EC2 is a machine.");
    let long = "x".repeat(64 * 1024 + 1);
    ada.act("autosave", &[("slug", LAB), ("markdown", &long), ("revision", "2")]).await.refused(422);

    ada.act("withdraw", &[("slug", LAB)]).await.refused(409);
    let text = "ECS <script>alert(1)</script> sends zanzibar [tasks](javascript:alert(2)).";
    ada.act("hand-in", &save(text, "2")).await.ok();
    ada.act("autosave", &save("after", "3")).await.refused(409);
    ada.act("withdraw", &[("slug", LAB)]).await.ok();
    ada.act("hand-in", &save(text, "3")).await.ok();
    ada.get(DELIVERABLE).await.ok().shows("zanzibar");
}

async fn others_are_refused(platform: &Platform, eve: &mut Browser, workshop: &str, attempt: &str) {
    let pages = [
        format!("/teach/{workshop}"),
        format!("/teach/{workshop}/submissions/{attempt}"),
        format!("/teach/{workshop}/class.csv"),
        format!("/live/workshop/{workshop}"),
    ];
    let mark = [("id", workshop), ("attempt", attempt), ("points[similarities]", "1"), ("comment", "")];
    for page in &pages {
        eve.get(page).await.refused(403).hides("zanzibar");
        platform.browser().get(page).await.refused(401).hides("zanzibar");
    }
    for action in ["close-workshop", "release-all"] {
        eve.act(action, &[("id", workshop)]).await.refused(403);
    }
    eve.act("mark", &mark).await.refused(403);
    eve.act("create-workshop", &[("title", "Mine"), ("lab", LAB)]).await.refused(403);
    eve.get(DELIVERABLE).await.ok().hides("zanzibar");

    // Another instructor knows the ids and has the role, and still finds nothing.
    let mut other = platform.browser();
    other.act("start-as-guest", &[]).await.ok();
    let mut tx = platform.state.db.begin().await.unwrap();
    let sql = "update person set role = 'instructor' where role = 'guest'";
    assert_eq!(tx.execute(sql, Vec::<Value>::new()).await.unwrap(), 1);
    tx.commit().await.unwrap();
    other.get("/teach").await.ok().hides("Monday");
    for page in &pages {
        other.get(page).await.refused(404).hides("zanzibar");
    }
    other.act("mark", &mark).await.refused(404);
    other.act("close-workshop", &[("id", workshop)]).await.refused(404);
}

async fn a_text_is_marked_and_released(
    platform: &Platform,
    ada: &mut Browser,
    teacher: &mut Browser,
    workshop: &str,
    attempt: &str,
) {
    let page = format!("/teach/{workshop}/submissions/{attempt}");
    let read = teacher.get(&page).await.ok().shows("zanzibar").hides("javascript:alert");
    assert!(!read.body.contains("<script>alert"), "what students write is never markup");

    let rubric = &platform.state.catalog.labs[LAB].deliverable.as_ref().unwrap().rubric;
    let keys: Vec<_> = rubric.criteria.iter().map(|c| (format!("points[{}]", c.id), c.points)).collect();
    let base = [("id", workshop), ("attempt", attempt), ("comment", "Well *seen*.")];
    let with = |given: Vec<(usize, String)>| -> Vec<(String, String)> {
        let base = base.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        base.chain(given.into_iter().map(|(i, points)| (keys[i].0.clone(), points))).collect()
    };
    let too_many = with(vec![(0, (keys[0].1 + 1).to_string())]);
    let some = with(vec![(0, keys[0].1.to_string()), (1, " ".to_owned())]);
    teacher.act("mark", &borrowed(&with(vec![(0, "many".to_owned())]))).await.refused(422);
    let all = with(keys.iter().enumerate().map(|(i, (_, points))| (i, points.to_string())).collect());
    teacher.act("mark", &borrowed(&too_many)).await.refused(422);
    let mut early = some.clone();
    early.push(("release".to_owned(), "true".to_owned()));
    teacher.act("mark", &borrowed(&early)).await.refused(409);
    teacher.get(&page).await.ok().shows("Partly marked");
    ada.act("withdraw", &[("slug", LAB)]).await.refused(409);
    teacher.act("mark", &borrowed(&all)).await.ok();
    ada.get(DELIVERABLE).await.ok().hides("Well <em>seen</em>.");
    let released = teacher.act("release-all", &[("id", workshop)]).await.ok();
    assert_eq!(released.location(), format!("/teach/{workshop}?released=1"));
    ada.get(DELIVERABLE).await.ok().shows("Well <em>seen</em>.");
    let again = teacher.act("release-all", &[("id", workshop)]).await.ok();
    assert_eq!(again.location(), format!("/teach/{workshop}?released=0"));
    teacher.act("mark", &borrowed(&some)).await.refused(409);
}

fn borrowed(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

async fn the_class_is_exported(teacher: &mut Browser, workshop: &str) {
    let csv = teacher.get(&format!("/teach/{workshop}/class.csv")).await.ok();
    assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
    let lines: Vec<_> = csv.body.split("\r\n").collect();
    assert_eq!(lines.len(), 4, "a header, two students, an end: {}", csv.body);
    assert!(lines[1].starts_with("\"'=Eve\",0,"), "{}", lines[1]);
    assert!(lines[2].starts_with("Ada,1,") && lines[2].contains(",released,"), "{}", lines[2]);
    assert!(lines[2].ends_with(",100,Well *seen*."), "{}", lines[2]);
}

async fn starting_over_keeps_text_and_keys(platform: &Platform, ada: &mut Browser) {
    let key = key_id(ada).await;
    ada.act("start-over", &[("slug", LAB)]).await.refused(422);
    ada.act("start-over", &[("slug", LAB), ("sure", "true")]).await.ok();
    assert_eq!(key_id(ada).await, key, "the terminal goes on working");
    let seen = ada.first_event(&format!("/live/{LAB}?step=1")).await;
    assert_eq!(seen["steps"][0]["state"], "current");
    assert_eq!(seen["checks"][0]["verdict"], "not_yet_looked");
    ada.get(DELIVERABLE).await.ok().shows("zanzibar");
    let account = practice::account_of(&key).unwrap();
    let mut conn = platform.state.db.read().await.unwrap();
    assert!(attempt::of_world(&mut conn, &account).await.unwrap().is_some());
}

async fn work_is_kept_under_a_password(ada: &mut Browser, mut elsewhere: Browser) {
    let mut left_open = ada.clone();
    let taken = [("name", "grace  HOPPER"), ("password", PASSWORD)];
    ada.act("set-password", &taken).await.refused(422);
    ada.act("set-password", &[("name", "Ada"), ("password", PASSWORD)]).await.ok();
    left_open.get(STEP_1).await.refused(401);
    let key = key_id(ada).await;
    let change = [("name", "Ada"), ("current", "wrong password"), ("password", "another password")];
    ada.act("set-password", &change).await.refused(422);
    ada.act("sign-out", &[]).await.ok();
    ada.get(STEP_1).await.refused(401);
    elsewhere.act("sign-in", &[("name", " ada "), ("password", PASSWORD)]).await.ok();
    assert_eq!(key_id(&mut elsewhere).await, key);
}

async fn sign_in_is_limited(platform: &Platform) {
    let mut thief = platform.browser();
    let right = [("name", "Grace Hopper"), ("password", PASSWORD)];
    for _ in 0..5 {
        let wrong = [("name", "Grace Hopper"), ("password", "hopper hopper")];
        let refused = thief.act("sign-in", &wrong).await.refused(422);
        let unknown = thief.act("sign-in", &[("name", "Nobody"), ("password", "x")]).await.refused(422);
        assert_eq!(refused.body, unknown.body, "whether a name exists is not told");
    }
    thief.act("sign-in", &right).await.refused(429);
    platform.browser().act("sign-in", &right).await.refused(429);
    platform.clock.advance(15 * 60_000 + 1);
    thief.act("sign-in", &right).await.ok();
}

async fn other_sites_are_refused(platform: &Platform, teacher: &mut Browser, workshop: &str) {
    let close = [("id", workshop)];
    let elsewhere = [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")];
    let practice = [("origin", "http://ec2-1.tag.practice.localhost:4566")];
    for headers in [&elsewhere[..], &practice[..], &[]] {
        teacher.post("close-workshop", &close, headers).await.refused(403);
    }
    let page = format!("/teach/{workshop}");
    let code = teacher.get(&page).await.ok().body.split("/join?code=").nth(1).unwrap()[..6].to_owned();
    let join = [("code", code.as_str()), ("name", "Late")];
    platform.browser().act("join", &join).await.ok();
    teacher.post("close-workshop", &close, &[("origin", "http://drydock.test")]).await.ok();
    platform.browser().act("join", &join).await.refused(422);
    teacher.act("reopen-workshop", &close).await.ok();
    platform.browser().act("join", &join).await.ok();
}
