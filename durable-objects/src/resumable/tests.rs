//! Resumable uploads: every byte counts once, whatever breaks.

use super::Object;
use super::body::IDLE_MS;
use campana_core::files::checksum::Checksum;
use campana_core::files::resumable::{
    BeginUpload, OfUpload, PART_BYTES, RESUMABLE_MS, UploadState, WriteUpload, original_key,
};
use campana_core::files::settings::FileSettings;
use campana_core::shared::hex::hex;
use campana_core::shared::ids::{FileId, TenantId, UserId};
use campana_core::shared::problem::{Kind, Problem};
use campana_runtime::files::{BrokeOff, Incoming};
use campana_runtime::ports::Answer;
use campana_runtime::testing::{FilesInMemory, Node, World, instance};
use futures_channel::mpsc;
use futures_util::{StreamExt, stream};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::rc::Rc;

const NAME: &str = "RESUMABLE_UPLOAD:demo/0190a7c0-0000-7000-8000-000000000001";
const TURNS: u64 = 100_000;
const PART: usize = 5 * 1024 * 1024;

type Outcome = Result<UploadState, Problem>;

struct Scene {
    world: World,
    node: Node,
    files: Rc<FilesInMemory>,
}

fn of(user: &str) -> OfUpload {
    OfUpload {
        tenant: TenantId::trusted("demo"),
        user: UserId::trusted(user),
        id: FileId::trusted("0190a7c0-0000-7000-8000-000000000001"),
    }
}

/// Bytes of no known type, which differ by position.
fn bytes(length: usize) -> Vec<u8> {
    let mut state = 7_u32;
    let next = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    let mut all: Vec<u8> = (0..length).map(next).collect();
    for byte in all.iter_mut().take(8) {
        *byte = 0;
    }
    all
}

fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// A body in pieces, which breaks off at its end or not.
fn body(bytes: &[u8], piece: usize, breaks_off: bool) -> Incoming {
    let pieces: Vec<_> = bytes.chunks(piece).map(|piece| Ok(piece.to_vec())).collect();
    let end = breaks_off.then_some(Err(BrokeOff));
    Box::pin(stream::iter(pieces.into_iter().chain(end)))
}

fn read(answer: &Answer) -> Outcome {
    serde_json::from_slice(&answer.body).expect("JSON")
}

impl Scene {
    fn new(length: usize) -> Self {
        Self::with(length, FileSettings::default())
    }

    fn with(length: usize, settings: FileSettings) -> Self {
        let (world, files) = (World::new(1), FilesInMemory::new());
        world.set_files(Rc::new(Rc::clone(&files)));
        let node = world.add(NAME, instance::<Object>);
        let scene = Self { world, node, files };
        let begin = BeginUpload {
            of: of("7"),
            name: "a.bin".to_owned(),
            metadata: "filename YS5iaW4=".to_owned(),
            length: length as u64,
            settings,
            created_at: scene.world.now(),
        };
        let state = scene.ask("begin", &begin).expect("an upload");
        assert_eq!((state.offset, state.length, state.stored), (0, length as u64, None));
        scene
    }

    fn ask(&self, path: &str, body: &impl Serialize) -> Outcome {
        let answer = self.world.call(NAME, path, serde_json::to_vec(body).expect("JSON"));
        self.world.run_until(TURNS, || answer.borrow().is_some());
        read(&answer.take().expect("an answer").expect("the object answers"))
    }

    fn state(&self) -> Outcome {
        self.ask("read", &of("7"))
    }

    fn begin_write(&self, write: &WriteUpload, body: Incoming) -> Rc<RefCell<Option<Answer>>> {
        self.world.send_bytes(self.node, serde_json::to_string(write).expect("JSON"), body)
    }

    /// `None` if the object died.
    fn write(&self, write: &WriteUpload, body: Incoming) -> Option<Outcome> {
        let answer = self.begin_write(write, body);
        self.world.run_until(TURNS, || answer.borrow().is_some());
        answer.take().map(|answer| read(&answer))
    }

    fn send(&self, offset: u64, body: Incoming) -> Outcome {
        self.write(&at(offset), body).expect("an answer")
    }

    fn file(&self) -> Option<Vec<u8>> {
        self.files.file(&key())
    }

    /// That nothing is left of the upload.
    fn is_gone(&self) {
        assert_eq!(self.state().expect_err("no upload").kind, Kind::NotFound);
        assert_eq!((self.files.keys(), self.files.unfinished()), (Vec::new(), 0));
    }
}

fn key() -> String {
    original_key(&TenantId::trusted("demo"), &of("7").id)
}

fn at(offset: u64) -> WriteUpload {
    WriteUpload { of: of("7"), offset, size: None, checksum: None }
}

#[test]
fn bytes_become_a_file_whatever_their_number() {
    for length in [1, PART - 1, PART, PART + 1, 2 * PART, 2 * PART + 77] {
        let (scene, all) = (Scene::new(length), bytes(length));
        let state = scene.send(0, body(&all, 100_000, false)).expect("they are taken");
        let stored = state.stored.expect("a file");
        assert_eq!((state.offset, &stored.sha256), (length as u64, &sha256(&all)), "{length}");
        assert_eq!((scene.file(), scene.files.keys().len()), (Some(all), 1));
        assert!(scene.files.largest() as u64 <= PART_BYTES, "one part at a time");
        assert_eq!((scene.state().expect("it stays").stored, scene.files.unfinished()), (Some(stored), 0));
    }
}

#[test]
fn what_arrived_before_a_cut_counts() {
    let length = PART + 1_000;
    let (scene, all) = (Scene::new(length), bytes(length));
    let mut offset = 0;
    for end in [1, 2, 100_003, PART - 1, PART, PART + 1, PART + 999] {
        let state = scene.send(offset as u64, body(&all[offset..end], 65_536, true)).expect("a position");
        assert_eq!(state.offset, end as u64);
        offset = end;
        scene.world.hibernate(scene.node);
        assert_eq!(scene.state().expect("an upload").offset, end as u64);
    }
    let state = scene.send(offset as u64, body(&all[offset..], 7, false)).expect("the rest");
    assert_eq!(state.stored.map(|stored| stored.sha256), Some(sha256(&all)));
    assert_eq!(scene.files.keys(), [key()], "no tail is left");
}

#[test]
fn cuts_deaths_and_failures_of_the_store_at_any_moment_lose_no_acknowledged_byte() {
    let length = 2 * PART + 12_345;
    let all = bytes(length);
    let whole = sha256(&all);
    for seed in 1..=6_u64 {
        let scene = Scene::new(length);
        let mut random = seed;
        let mut draw = |below: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % below
        };
        let mut known = 0;
        for round in 0.. {
            assert!(round < 400, "it comes to an end");
            let state = match scene.state() {
                Ok(state) => state,
                Err(problem) => {
                    assert_eq!(problem.kind, Kind::Unavailable, "only the store fails");
                    continue;
                }
            };
            assert!(state.offset >= known, "{} was acknowledged, {} is there", known, state.offset);
            known = state.offset;
            if state.stored.is_some() {
                break;
            }
            let from = usize::try_from(known).expect("a position");
            let to = (from + 1 + usize::try_from(draw(3_000_000)).expect("a number")).min(length);
            if draw(3) == 0 {
                scene.files.fail_in(draw(4), draw(2) == 0);
            }
            let answer = scene.begin_write(&at(known), body(&all[from..to], 60_000, draw(2) == 0));
            let turns = if draw(4) == 0 { draw(12) } else { TURNS };
            for _ in 0..turns {
                if answer.borrow().is_some() {
                    break;
                }
                scene.world.run(1);
            }
            if answer.borrow().is_none() {
                scene.world.kill(scene.node);
            }
            if let Some(Ok(state)) = answer.take().map(|answer| read(&answer)) {
                known = state.offset;
            }
        }
        assert_eq!(scene.file().map(|file| sha256(&file)), Some(whole.clone()), "{seed}");
    }
}

#[test]
fn one_request_writes_at_a_time() {
    let (scene, all) = (Scene::new(1_000), bytes(1_000));
    let (pieces, arriving) = mpsc::unbounded();
    let first = scene.begin_write(&at(0), Box::pin(arriving));
    pieces.unbounded_send(Ok(all[..400].to_vec())).expect("it is read");
    scene.world.run_within(TURNS, 100);
    assert_eq!(scene.send(0, body(&all, 100, false)).expect_err("a refusal").kind, Kind::UploadLocked);
    assert_eq!(scene.state().expect("an upload").offset, 0, "nothing is stored yet");
    pieces.unbounded_send(Ok(all[400..].to_vec())).expect("it is read");
    drop(pieces);
    scene.world.run_until(TURNS, || first.borrow().is_some());
    let state = read(&first.take().expect("an answer")).expect("all bytes");
    assert_eq!((state.offset, state.stored.is_some()), (1_000, true));
}

#[test]
fn a_request_that_stalls_ends_with_what_it_has() {
    let (scene, all) = (Scene::new(1_000), bytes(1_000));
    let stalled = body(&all[..400], 100, false).chain(stream::pending());
    let first = scene.begin_write(&at(0), Box::pin(stalled));
    scene.world.run_for(2 * i64::from(IDLE_MS) + 1_000);
    assert_eq!(read(&first.take().expect("an answer")).expect("a position").offset, 400);
    assert!(scene.send(400, body(&all[400..], 100, false)).expect("the rest").stored.is_some());
}

#[test]
fn bytes_of_another_position_and_too_many_are_refused() {
    let (scene, all) = (Scene::new(1_000), bytes(2_000));
    let kind = |outcome: Outcome| outcome.expect_err("a refusal").kind;
    assert_eq!(kind(scene.send(1, body(&all, 100, false))), Kind::Conflict);
    let declared = WriteUpload { size: Some(1_001), ..at(0) };
    assert_eq!(kind(scene.write(&declared, body(&all, 100, false)).expect("an answer")), Kind::TooLarge);
    assert_eq!(kind(scene.send(0, body(&all[..1_001], 100, false))), Kind::TooLarge);
    assert_eq!((scene.state().expect("an upload").offset, scene.file()), (0, None));
    assert!(scene.send(0, body(&all[..1_000], 100, false)).expect("all").stored.is_some());
    let again = scene.send(1_000, body(&[], 100, false)).expect("nothing more");
    assert!(again.stored.is_some());
}

#[test]
fn only_who_began_it_finds_it() {
    let (scene, all) = (Scene::new(10), bytes(10));
    let stranger = WriteUpload { of: of("8"), ..at(0) };
    let other_tenant = OfUpload { tenant: TenantId::trusted("other"), ..of("7") };
    for path in ["read", "end"] {
        for of in [of("8"), other_tenant.clone()] {
            assert_eq!(scene.ask(path, &of).expect_err("a refusal").kind, Kind::NotFound);
        }
    }
    let refused = scene.write(&stranger, body(&all, 10, false)).expect("an answer");
    assert_eq!(refused.expect_err("a refusal").kind, Kind::NotFound);
    assert_eq!(scene.state().expect("it is untouched").offset, 0);
}

#[test]
fn bytes_with_another_checksum_do_not_count() {
    let length = PART + 10;
    let (scene, all) = (Scene::new(length), bytes(length));
    let checked = |offset: usize, bytes: &[u8]| WriteUpload {
        checksum: Some(Checksum::Sha256(Sha256::digest(bytes).to_vec())),
        ..at(offset as u64)
    };
    let send = |write: &WriteUpload, bytes: &[u8], breaks_off| {
        scene.write(write, body(bytes, 65_536, breaks_off)).expect("an answer")
    };
    assert_eq!(send(&checked(0, &all[..7]), &all[..7], false).expect("they are right").offset, 7);
    let wrong = send(&checked(7, b"other"), &all[7..PART + 3], false);
    assert_eq!(wrong.expect_err("a refusal").kind, Kind::ChecksumMismatch);
    assert_eq!(scene.state().expect("an upload").offset, 7);
    assert_eq!(send(&checked(7, &all[7..]), &all[7..PART + 5], true).expect("a position").offset, 7, "a cut");
    assert_eq!(send(&checked(7, &all[7..PART + 3]), &all[7..PART + 3], false).expect("a part").offset, PART as u64 + 3);
    let last = send(&checked(PART + 3, &all[PART + 3..]), &all[PART + 3..], false).expect("the rest");
    assert_eq!(last.stored.map(|stored| stored.sha256), Some(sha256(&all)));
    assert_eq!(scene.files.keys(), [key()]);
}

#[test]
fn a_type_that_the_app_does_not_take_ends_the_upload() {
    for length in [100, PART + 100] {
        let settings = FileSettings { types: Some(vec!["image/*".to_owned()]), ..FileSettings::default() };
        let scene = Scene::with(length, settings);
        let refused = scene.send(0, body(&bytes(length), 65_536, false));
        assert_eq!(refused.expect_err("a refusal").kind, Kind::UnsupportedMediaType);
        scene.is_gone();
    }
}

#[test]
fn an_upload_that_expires_leaves_nothing() {
    let length = 2 * PART;
    let (scene, all) = (Scene::new(length), bytes(length));
    scene.send(0, body(&all[..PART + 100], 65_536, true)).expect("a position");
    assert_eq!((scene.files.unfinished(), scene.files.keys().len()), (1, 1), "a part and a tail");
    scene.files.fail_in(0, false);
    scene.world.run_for(RESUMABLE_MS);
    assert_eq!(scene.state().expect_err("it has expired").kind, Kind::NotFound);
    scene.world.run_for(120_000);
    scene.is_gone();
}

#[test]
fn a_file_stays_when_its_upload_expires_or_is_ended() {
    for ends in [false, true] {
        let (scene, all) = (Scene::new(10), bytes(10));
        scene.send(0, body(&all, 10, false)).expect("a file");
        if ends {
            scene.ask("end", &of("7")).expect("it ends");
        } else {
            scene.world.run_for(RESUMABLE_MS + 1);
        }
        assert_eq!(scene.state().expect_err("no upload").kind, Kind::NotFound);
        assert_eq!(scene.file(), Some(all));
    }
}

#[test]
fn an_upload_can_be_ended_while_it_is_written() {
    let (scene, all) = (Scene::new(2 * PART), bytes(2 * PART));
    let (pieces, arriving) = mpsc::unbounded();
    let writing = scene.begin_write(&at(0), Box::pin(arriving));
    pieces.unbounded_send(Ok(all[..PART + 9].to_vec())).expect("it is read");
    scene.world.run_within(TURNS, 100);
    scene.ask("end", &of("7")).expect("it ends");
    assert!(writing.borrow().is_some(), "the request ended before");
    scene.is_gone();
}

#[test]
fn a_hash_that_was_lost_is_found_again() {
    for length in [100, PART + 100] {
        // The calls of the last request, of which each can fail before or after it acts.
        let whole = sha256(&bytes(length));
        for (call, acts) in (0..5).flat_map(|call| [(call, false), (call, true)]) {
            let (scene, all) = (Scene::new(length), bytes(length));
            scene.files.fail_in(call, acts);
            let mut sent = scene.send(0, body(&all, 65_536, false));
            for _ in 0..3 {
                let Ok(state) = scene.state() else { continue };
                if state.stored.is_none() {
                    let from = usize::try_from(state.offset).expect("a position");
                    sent = scene.send(state.offset, body(&all[from..], 65_536, false));
                }
            }
            let state = scene.state().expect("an upload");
            assert_eq!(state.stored.map(|stored| stored.sha256), Some(whole.clone()), "{call} {acts} {sent:?}");
        }
    }
}
