//! Every target on its corpus, and on mutations of it that are the same in each run.

use campana_fuzz::{Mutator, TARGETS};
use std::fs;
use std::path::{Path, PathBuf};

/// Mutations for each target.
const MUTATIONS: u64 = 4_000;
/// Largest corpus, all targets together, bytes.
const MAX_CORPUS_BYTES: usize = 400_000;

fn corpus_of(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let files = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = files.map(|file| file.expect("a file").path()).collect();
    files.sort();
    files.iter().map(|file| fs::read(file).expect("a file")).collect()
}

fn run(name: &str) {
    let (_, target) = TARGETS.iter().find(|(own, _)| *own == name).expect("a target");
    let corpus = corpus_of(name);
    assert!(!corpus.is_empty());
    for input in &corpus {
        target(input);
    }
    let mut mutator = Mutator::new(0x5eed);
    for _ in 0..MUTATIONS {
        target(&mutator.next(&corpus));
    }
}

macro_rules! short_runs {
    ($($name:ident),+ $(,)?) => {
        $(#[test] fn $name() { run(stringify!($name)); })+

        #[test]
        fn every_target_has_a_run_and_the_corpus_stays_small() {
            let runs = [$(stringify!($name)),+];
            assert!(TARGETS.iter().all(|(name, _)| runs.contains(name)) && runs.len() == TARGETS.len());
            let bytes: usize = runs.iter().flat_map(|name| corpus_of(name)).map(|input| input.len()).sum();
            assert!(bytes <= MAX_CORPUS_BYTES, "{bytes}");
        }
    };
}

short_runs!(
    native_frames,
    pusher_frames,
    people,
    tokens,
    key_sets,
    channel_signatures,
    request_signatures,
    event_ids,
    cursors,
    files,
    links,
    pages,
    search_queries,
    settings,
    channels,
    pictures,
    media_files,
    alerts,
);
