use sqlx::Executor;

use super::*;
use crate::{
    event::Change,
    store::conformance::{self, commit, event, meeting},
};

fn in_folder(folder: &TempDir) -> impl FnMut() -> SqliteStore {
    let file = folder.path().join("control.sqlite");
    move || SqliteStore::at(StoreLocation::File(file.clone())).unwrap()
}

macro_rules! conforms {
    ($($test:ident),+ $(,)?) => {
        $(
            #[tokio::test]
            async fn $test() {
                let folder = TempDir::new().unwrap();
                conformance::$test(in_folder(&folder)).await;
            }
        )+
    };
}

conforms! {
    first_key_is_kept,
    every_change_comes_back_as_it_was,
    every_opening_is_another_life_of_each_meeting,
    commit_is_whole_or_nothing,
    only_the_latest_revision_may_write,
    what_was_taken_back_is_gone,
    what_is_to_be_told_waits_until_it_is_done,
    ages_go_by_the_run_of_the_machine_and_into_another_by_the_wall,
    what_waits_is_found_by_meeting_and_forgotten_by_age,
    change_and_what_is_told_of_it_are_written_together_or_not_at_all,
}

#[tokio::test]
async fn full_medium_refuses_and_heals() {
    let mut store = SqliteStore::at(StoreLocation::Temporary).unwrap();
    let loaded = conformance::load_with(&mut store, &conformance::key(1)).await.unwrap();
    // SQLite counts pages against a limit of the connection exactly as against the medium's.
    store.connection.as_mut().unwrap().execute("PRAGMA max_page_count = 1").await.unwrap();
    let revision = loaded.revision;
    let many: Vec<_> = (0..=u8::MAX).map(|n| event(&meeting(n), Change::MeetingCreated)).collect();
    let full = commit(&mut store, revision, &many).await.unwrap_err();
    assert!(matches!(full, StoreError::Full(_)), "{full:?}");
    assert_eq!(store.revision().await.unwrap(), revision);
    // The error made the store connect anew, which here is what makes room.
    commit(&mut store, revision, &many).await.unwrap();
}

#[tokio::test]
async fn missing_folder_and_strange_file_are_told_apart() {
    let folder = TempDir::new().unwrap();
    let key = conformance::key(1);
    let missing = StoreLocation::File(folder.path().join("none").join("x"));
    let error =
        conformance::load_with(&mut SqliteStore::at(missing).unwrap(), &key).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    let strange = folder.path().join("strange");
    std::fs::write(&strange, "not a database, but long enough to be taken for one".repeat(90))
        .unwrap();
    let mut store = SqliteStore::at(StoreLocation::File(strange)).unwrap();
    let error = conformance::load_with(&mut store, &key).await.unwrap_err();
    assert!(matches!(error, StoreError::Broken(_)), "{error:?}");
}

#[tokio::test]
async fn temporary_folder_goes_with_the_store() {
    let mut store = SqliteStore::at(StoreLocation::Temporary).unwrap();
    conformance::load_with(&mut store, &conformance::key(1)).await.unwrap();
    let file = store.options.get_filename().to_owned();
    assert!(file.exists());
    store.close().await;
    assert!(!file.exists());
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_may_read_the_key() {
    use std::os::unix::fs::PermissionsExt;

    let folder = TempDir::new().unwrap();
    conformance::load_with(&mut in_folder(&folder)(), &conformance::key(1)).await.unwrap();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        assert_eq!(file.unwrap().metadata().unwrap().permissions().mode() & 0o077, 0);
    }
}
