//! Headless Chromium goes through the whole exercise as a guest, and through a workshop as instructor and student.
//! Pictures of every page are kept under `target/screenshots`: desktop and phone, light and dark.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tests::browser::Browser;
use tests::endpoint::repository;
use tests::platform::Platform;
use tokio::process::Command;

const LAB: &str = "/labs/weave-by-hand";
const STEPS: [&str; 13] = [
    "cluster",
    "vpc",
    "subnet",
    "gateway",
    "security",
    "role",
    "launch-configuration",
    "group",
    "task-definition",
    "service",
    "browser",
    "discovery",
    "clean-up",
];
/// A tick takes under a second on a quiet machine; a busy one is given more before it counts as a fault.
const TICK: Duration = Duration::from_secs(8);

/// What a first visit of a step page may cost, compressed, with everything it loads.
const WIRE_BYTES: u64 = 150_000;
/// The page and what it has loaded, each once, as it came over the wire; a stream has no end, and is not counted.
const LOADED: &str = "const entries = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
    return Object.fromEntries(entries.filter(e => !e.name.includes('/live/')).map(e => [e.name.replace(/^.*[/]/, ''), e.encodedBodySize]))";

/// The open page is not heavier than it may be.
async fn weighs_little(browser: &Browser) {
    browser.wait("html[data-live]").await.unwrap();
    let loaded = browser.client.execute(LOADED, vec![]).await.unwrap();
    let loaded: BTreeMap<String, u64> = serde_json::from_value(loaded).unwrap();
    assert!(loaded.keys().any(|name| name.contains(".wasm")), "{loaded:?}");
    let sum: u64 = loaded.values().sum();
    assert!(sum <= WIRE_BYTES, "{sum} bytes: {loaded:?}");
}

/// What the page offers to paste into a terminal.
fn exports(text: &str) -> BTreeMap<String, String> {
    text.lines()
        .filter_map(|line| line.strip_prefix("export ")?.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.trim_matches('\'').to_owned()))
        .collect()
}

/// Runs one step of the solution in a student's terminal.
async fn terminal(step: &str, keys: &BTreeMap<String, String>, curl_options: &str, work: &std::path::Path) {
    let ran = Command::new(repository("labs/weave-by-hand/solution.sh"))
        .arg(step)
        .env_remove("AWS_PROFILE")
        .envs(keys)
        .env("LAB_CURL_OPTIONS", curl_options)
        .env("LAB_WORK", work)
        .env("DRYDOCK_POLL", "0.3")
        .env("DRYDOCK_TRIES", "600")
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    assert!(ran.status.success(), "{step}: {}", String::from_utf8_lossy(&ran.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_does_the_whole_exercise() {
    let platform = Platform::start(40).await.unwrap();
    let browser = Browser::open("guest").await.unwrap();
    let at = |path: &str| format!("{}{path}", platform.url);
    let work = tempfile::tempdir().unwrap();

    browser.goto(&at("/")).await.unwrap();
    browser.everywhere("00-catalog").await.unwrap();
    browser.goto(&at(LAB)).await.unwrap();
    browser.everywhere("00-lab").await.unwrap();
    browser.click("form[action='/do/begin'] button").await.unwrap();
    browser.wait(".checks").await.unwrap();

    browser.goto(&at(&format!("{LAB}/steps/11"))).await.unwrap();
    let page = browser.text(".blocks").await.unwrap();
    let proxy = page.split("--proxy ").nth(1).and_then(|rest| rest.split_whitespace().next()).unwrap();
    let curl_options = format!("--proxy {proxy}");
    browser.click(".exports summary").await.unwrap();
    let keys = exports(&browser.text(".exports code").await.unwrap());
    assert_eq!(keys.get("AWS_REGION").map(String::as_str), Some("us-east-1"));

    for (index, step) in STEPS.iter().enumerate() {
        let number = index + 1;
        browser.goto(&at(&format!("{LAB}/steps/{number}"))).await.unwrap();
        browser.wait(".live[data-on=true]").await.unwrap();
        if *step == "cluster" {
            not_begun_is_no_mistake(&browser).await;
        }
        browser.shot(&format!("{number:02}-{step}-open")).await.unwrap();
        terminal(step, &keys, &curl_options, work.path()).await;
        let done = Instant::now();
        // No click and no reload: the page ticks by itself.
        browser.wait(".onward[data-is=done]").await.unwrap();
        assert!(done.elapsed() < TICK, "{step} took {:?} to tick", done.elapsed());
        if *step == "group" {
            browser.everywhere("08-group-passed").await.unwrap();
        } else {
            browser.shot(&format!("{number:02}-{step}-passed")).await.unwrap();
        }
        if *step == "browser" {
            front_end(&browser, &at(&format!("{LAB}/steps/{number}"))).await;
        }
    }
    assert_eq!(
        browser.client.find_all(fantoccini::Locator::Css(".rail [data-is=passed]")).await.unwrap().len(),
        13
    );
    hand_in(&browser, &at(&format!("{LAB}/deliverable"))).await;
    browser.goto(&at(&format!("{LAB}/steps/1"))).await.unwrap();
    weighs_little(&browser).await;
    for (name, path) in [("account", "/account"), ("sign-in", "/sign-in"), ("not-found", "/nowhere")] {
        browser.goto(&at(path)).await.unwrap();
        browser.everywhere(&format!("15-{name}")).await.unwrap();
    }
    browser.client.clone().close().await.unwrap();
}

/// A step that nobody has begun says calmly what is not there; asked what is wrong, it says that it is.
async fn not_begun_is_no_mistake(browser: &Browser) {
    browser.wait(".check[data-is=not-begun]").await.unwrap();
    browser.everywhere("01-cluster-not-begun").await.unwrap();
    browser.click("form[action='/do/check-now'] button").await.unwrap();
    browser.wait(".check[data-is=failed] .cause").await.unwrap();
    browser.everywhere("01-cluster-asked").await.unwrap();
}

/// The front end in the browser: which data producer answers, and that reloading changes it.
async fn front_end(browser: &Browser, step: &str) {
    let url = browser.wait(".sites a").await.unwrap().attr("href").await.unwrap().unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for turn in 0..12 {
        browser.goto(&url).await.unwrap();
        let message = browser.text("h2").await.unwrap();
        assert!(message.contains("this is the data producer in 10."), "{message}");
        seen.insert(message);
        if turn == 0 {
            browser.shot("11-front-end").await.unwrap();
        }
    }
    assert!(seen.len() >= 2, "twelve reloads always named the same data producer");
    browser.goto(step).await.unwrap();
}

async fn hand_in(browser: &Browser, url: &str) {
    browser.goto(url).await.unwrap();
    browser.wait("html[data-live] textarea").await.unwrap();
    browser
        .fill(
            "textarea",
            "Both run in a **VPC**. <script>alert(1)</script> EC2 gives machines, ECS places tasks.",
        )
        .await
        .unwrap();
    browser.wait(".editor-preview strong").await.unwrap();
    browser.everywhere("14-text").await.unwrap();
    let source = browser.client.source().await.unwrap();
    assert!(!source.contains("<script>alert(1)"), "the preview is sanitised");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workshop_from_invitation_to_marks() {
    let platform = Platform::start(40).await.unwrap();
    let (teacher, student) = tokio::join!(Browser::open("instructor"), Browser::open("student"));
    let (teacher, student) = (teacher.unwrap(), student.unwrap());
    let at = |path: &str| format!("{}{path}", platform.url);

    teacher.goto(&platform.instructor_link).await.unwrap();
    teacher.fill("input[name=name]", "Ada").await.unwrap();
    teacher.fill("input[name=password]", "a long enough password").await.unwrap();
    teacher.everywhere("01-invite").await.unwrap();
    teacher.click("form[action='/do/accept-invite'] button").await.unwrap();
    teacher.goto(&at("/teach")).await.unwrap();
    teacher.fill("input[name=title]", "Containers, group B").await.unwrap();
    teacher.click("select[name=lab] option[value=weave-by-hand]").await.unwrap();
    teacher.shot("02-teach").await.unwrap();
    teacher.click("form[action='/do/create-workshop'] button").await.unwrap();
    let code = teacher.text("#join-code").await.unwrap();
    teacher.everywhere("03-empty-class").await.unwrap();

    student.goto(&at("/join")).await.unwrap();
    student.fill("input[name=code]", &code).await.unwrap();
    student.fill("input[name=name]", "Grace").await.unwrap();
    student.everywhere("01-join").await.unwrap();
    student.click("form[action='/do/join'] button").await.unwrap();
    student.wait("main").await.unwrap();

    // The class table shows her without a reload.
    let row = teacher.wait("table.class tbody tr").await.unwrap();
    assert!(row.text().await.unwrap().contains("Grace"));
    teacher.everywhere("04-class").await.unwrap();

    student.goto(&at("/labs/weave-by-hand/deliverable")).await.unwrap();
    student.wait("html[data-live] textarea").await.unwrap();
    student.fill("textarea", "EC2 starts machines; ECS places tasks on them.").await.unwrap();
    student.shot("02-text").await.unwrap();
    student.click("button[formaction='/do/hand-in'], form[action='/do/hand-in'] button").await.unwrap();
    student.wait("article.paper").await.unwrap();
    student.everywhere("03-handed-in").await.unwrap();

    let workshop = teacher.client.current_url().await.unwrap().to_string();
    teacher.goto(&workshop).await.unwrap();
    teacher.click("table.class a.badge").await.unwrap();
    teacher.wait("form.rubric").await.unwrap();
    teacher.fill("#comment", "Short and right.").await.unwrap();
    let points = "document.querySelectorAll('form.rubric input[type=number]').forEach(i => i.value = 1);
        document.querySelectorAll('form.rubric .point-row').forEach(r => r.querySelector('input').checked = true)";
    teacher.client.execute(points, vec![]).await.unwrap();
    teacher.everywhere("05-marking").await.unwrap();
    teacher.click("form.rubric button[name=release]").await.unwrap();
    teacher.wait("main").await.unwrap();

    student.goto(&at("/labs/weave-by-hand/deliverable")).await.unwrap();
    student.wait(".result").await.unwrap();
    assert!(student.text(".result").await.unwrap().contains("Short and right."));
    student.everywhere("04-marks").await.unwrap();
    teacher.goto(&at("/teach")).await.unwrap();
    teacher.everywhere("06-workshops").await.unwrap();
    // What is the instructor's is not the student's.
    student.goto(&workshop).await.unwrap();
    assert!(!student.text("main").await.unwrap().contains("Grace"));
    student.shot("05-refused").await.unwrap();
    tokio::try_join!(teacher.client.clone().close(), student.client.clone().close()).unwrap();
}

/// A lab that stands on a stack: made while one watches, counted, seen by the host, and deleted with a receipt.
#[tokio::test(flavor = "multi_thread")]
async fn a_stack_is_watched_from_its_making_to_its_receipt() {
    let platform = Platform::start(40).await.unwrap();
    let (teacher, student) = tokio::join!(Browser::open("stack-host"), Browser::open("stack"));
    let (teacher, student) = (teacher.unwrap(), student.unwrap());
    let at = |path: &str| format!("{}{path}", platform.url);
    student.goto(&at("/labs/keep-it-running")).await.unwrap();
    student.everywhere("01-not-there").await.unwrap();

    teacher.goto(&platform.instructor_link).await.unwrap();
    teacher.fill("input[name=name]", "Ada").await.unwrap();
    teacher.fill("input[name=password]", "a long enough password").await.unwrap();
    teacher.click("form[action='/do/accept-invite'] button").await.unwrap();
    teacher.goto(&at("/teach")).await.unwrap();
    teacher.fill("input[name=title]", "Containers, group C").await.unwrap();
    teacher.click("select[name=lab] option[value=keep-it-running]").await.unwrap();
    teacher.click("form[action='/do/create-workshop'] button").await.unwrap();
    let code = teacher.text("#join-code").await.unwrap();

    student.goto(&at("/join")).await.unwrap();
    student.fill("input[name=code]", &code).await.unwrap();
    student.fill("input[name=name]", "Grace").await.unwrap();
    student.click("form[action='/do/join'] button").await.unwrap();
    student.goto(&at("/labs/keep-it-running/steps/1")).await.unwrap();
    // It becomes complete on the open page, and the host's page has it without a reload.
    student.wait(".stack[data-is=good]").await.unwrap();
    // The heaviest there is: a step with a stack.
    student.goto(&at("/labs/keep-it-running/steps/1")).await.unwrap();
    weighs_little(&student).await;
    student.click(".stack-part:has(.stack-events) summary").await.unwrap();
    student.everywhere("02-ready").await.unwrap();
    teacher.wait(".class-stacks .badge[data-tone=good]").await.unwrap();
    teacher.everywhere("01-stacks").await.unwrap();

    student.click(".stack-asks summary").await.unwrap();
    student.click(".stack-asks button").await.unwrap();
    student.wait(".stack-receipt[data-tone=good]").await.unwrap();
    student.everywhere("03-receipt").await.unwrap();
    assert!(student.text(".stack-receipt").await.unwrap().contains("nothing is left"));
    tokio::try_join!(teacher.client.clone().close(), student.client.clone().close()).unwrap();
}
