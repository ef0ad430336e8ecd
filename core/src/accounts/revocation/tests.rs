//! Tests of which identities a revocation ends.

use super::*;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn revocation(subject: Subject, before: i64) -> Revocation {
    Revocation { subject, before: at(before), version: 1, effective_at: at(before) }
}

#[track_caller]
fn check(subject: &Subject, user: &str, key: SigningKey, issued_at: Option<i64>, expected: bool) {
    let user = UserId::trusted(user);
    let identity = Identity { user: Some(&user), key, issued_at: issued_at.map(at) };
    assert_eq!(revocation(subject.clone(), 1_000).ends(identity), expected, "{subject:?} {identity:?}");
}

#[test]
fn identities_issued_up_to_the_time_end_and_later_ones_do_not() {
    let ana = Subject::User(UserId::trusted("ana"));
    for subject in [&Subject::App, &ana] {
        for (issued_at, ends) in [(Some(999), true), (Some(1_000), true), (Some(1_001), false), (None, true)] {
            check(subject, "ana", SigningKey::Secret(1), issued_at, ends);
            check(subject, "ana", SigningKey::KeySet, issued_at, ends);
        }
    }
    check(&ana, "ben", SigningKey::Secret(1), None, false);
    check(&Subject::App, "ben", SigningKey::Secret(1), None, true);
}

#[test]
fn an_identity_without_a_user_ends_with_its_app_only() {
    let nobody = Identity { user: None, key: SigningKey::KeySet, issued_at: Some(at(5)) };
    assert!(revocation(Subject::App, 5).ends(nobody));
    assert!(!revocation(Subject::User(UserId::trusted("ana")), 5).ends(nobody));
}

#[test]
fn a_secret_ends_all_that_it_and_earlier_ones_signed_whatever_time_is_claimed() {
    let second = Subject::Key(2);
    for issued_at in [None, Some(1), Some(i64::MAX)] {
        check(&second, "ana", SigningKey::Secret(1), issued_at, true);
        check(&second, "ana", SigningKey::Secret(2), issued_at, true);
        check(&second, "ana", SigningKey::Secret(3), issued_at, false);
        check(&second, "ana", SigningKey::KeySet, issued_at, false);
    }
    check(&second, "ana", SigningKey::Unknown, Some(1_000), true);
    check(&second, "ana", SigningKey::Unknown, Some(1_001), false);
}

#[test]
fn a_subject_is_read_as_it_was_written() {
    for subject in [Subject::App, Subject::Key(7), Subject::User(UserId::trusted("ana"))] {
        assert_eq!(Subject::parse(subject.kind(), &subject.name()), Some(subject.clone()));
        let json = serde_json::to_string(&revocation(subject.clone(), 9)).expect("JSON");
        assert_eq!(serde_json::from_str::<Revocation>(&json).expect("it is read").subject, subject);
    }
    assert_eq!(Subject::parse("key", "seven"), None);
    assert_eq!(Subject::parse("planet", "x"), None);
}

#[test]
fn one_that_is_not_effective_yet_ends_nothing() {
    let later = Revocation { effective_at: at(50), ..revocation(Subject::Key(1), 50) };
    let newest = NewestRevocations::new(vec![later]);
    let identity = Identity { user: None, key: SigningKey::Secret(1), issued_at: None };
    assert!(!newest.ends(identity, at(49)));
    assert!(newest.ends(identity, at(50)));
}

#[test]
fn a_full_list_covers_only_what_is_newer_than_its_oldest() {
    let user = |n: i64| Subject::User(UserId::trusted(format!("u{n}")));
    let some: Vec<Revocation> =
        (0..100).rev().map(|n| Revocation { version: 500 + n, ..revocation(user(n), 1_000 + n) }).collect();
    let few = NewestRevocations::new(some[..99].to_vec());
    assert!(few.covers(0) && few.covers_since(None), "fewer than the maximum are all that there are");
    let full = NewestRevocations::new(some);
    assert_eq!(full.newest_version(), 599);
    assert!(full.covers(499) && !full.covers(498));
    assert!(full.covers_since(Some(at(1_001 + CLOCKS_DIFFER_MS))));
    assert!(!full.covers_since(Some(at(1_000 + CLOCKS_DIFFER_MS))) && !full.covers_since(None));
    let none = NewestRevocations::default();
    assert_eq!(none.newest_version(), 0);
}
