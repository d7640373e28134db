//! Several servers on one database: what one has acknowledged, none loses, and all see it.

use std::time::Duration;

use server::db::world::{self, AppendError};
use server::live;

use crate::student::Student;
use crate::support::Platform;
use crate::support::postgres::Postgres;
use crate::ticks::until;
use crate::{CLUSTER, LIVE_1, Place, first_difference};

pub(crate) async fn two_servers_share_an_account(place: &Place, one: &Platform) {
    let two = place.server().await;
    let (student, _) = Student::begins(one).await;
    let mut expected = Vec::new();
    for number in 0..20 {
        let (writer, reader) = if number % 2 == 0 { (one, &two) } else { (&two, one) };
        let name = format!("turn-{number:02}");
        student.creates(writer, &name).await;
        expected.push(name);
        assert_eq!(student.clusters(reader).await, expected, "what one server wrote, the other reads");
    }

    // Far enough that a snapshot swallows what the other server has not seen.
    for number in 0..200 {
        let name = format!("alone-{number:03}");
        student.creates(one, &name).await;
        expected.push(name);
    }
    student.creates(&two, "behind").await;
    expected.push("behind".to_owned());

    // At the same time.
    let together = async |server: &Platform, who: &str| {
        for number in 0..20 {
            student.creates(server, &format!("{who}-{number:02}")).await;
        }
    };
    tokio::join!(together(one, "one"), together(&two, "two"));
    expected.extend(
        ["one", "two"].iter().flat_map(|who| (0..20).map(move |number| format!("{who}-{number:02}"))),
    );
    expected.sort();
    assert_eq!(student.clusters(one).await, expected);
    assert_eq!(student.clusters(&two).await, expected);
    assert_eq!(student.kept(one).await.last_seq(), student.kept(&two).await.last_seq());

    // Time moves for both.
    one.state.practice.advance(&student.account, 60_000).await.unwrap();
    two.state.practice.advance(&student.account, 60_000).await.unwrap();
    assert_eq!(student.kept(one).await.skew_ms, 120_000);
    let ((first, then), (second, now)) = (student.bytes(one).await, student.bytes(&two).await);
    assert_eq!((first_difference(&first, &second), then), (None, now));
    two.state.db.close().await;
}

/// One server takes a snapshot and prunes the journal while another, which is behind, writes under a number that is
/// about to be pruned.
#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_is_being_pruned_is_not_given_again() {
    let place = Place::postgres();
    let server = place.server().await;
    let (student, _) = Student::begins(&server).await;
    student.creates(&server, "first").await;
    let seq = student.kept(&server).await.last_seq();
    let mut pruning = server.state.db.begin().await.unwrap();
    assert!(world::store_snapshot(&mut pruning, &student.account, seq, b"sealed").await.unwrap());
    let behind = tokio::spawn({
        let (db, account) = (server.state.db.clone(), student.account.clone());
        async move {
            let mut tx = db.begin().await.unwrap();
            let appended = world::append(&mut tx, &account, seq, 1, b"late").await;
            tx.commit().await.unwrap();
            appended
        }
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!behind.is_finished(), "it has to wait for the snapshot");
    pruning.commit().await.unwrap();
    let appended = behind.await.unwrap();
    assert!(matches!(appended, Err(AppendError::Conflict { .. })), "{appended:?}");
    server.state.db.close().await;
}

/// The page is open at one server, the terminal talks to another.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_hears_of_a_tick_at_another_server() {
    let place = Place::postgres();
    let url = place.postgres.as_ref().map(Postgres::url);
    let (one, requests) = Platform::open(place.data.path(), url.as_deref(), place.clock.clone()).await;
    let two = place.server().await;
    let tasks = [
        tokio::spawn(live::run(one.state.clone(), requests)),
        tokio::spawn(live::between::run(one.state.clone())),
        tokio::spawn(live::between::run(two.state.clone())),
    ];
    let (student, browser) = Student::begins(&one).await;
    let mut there = two.browser();
    there.cookie = browser.cookie;
    let mut page = there.listen(LIVE_1).await;
    let first = page.next().await;
    assert_ne!(first["checks"][0]["verdict"], "passed");
    // Both have had time to begin listening.
    tokio::time::sleep(Duration::from_secs(1)).await;
    student.creates(&one, CLUSTER).await;
    until(&mut page, |seen| seen["checks"][0]["verdict"] == "passed").await;
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
    one.state.db.close().await;
    two.state.db.close().await;
}
