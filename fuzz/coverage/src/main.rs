//! Runs the fuzz target that `CAMPANA_FUZZ_TARGET` names.
#![no_main]

use campana_fuzz::Target;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let name = std::env::var("CAMPANA_FUZZ_TARGET").expect("CAMPANA_FUZZ_TARGET names a target");
    campana_fuzz::named(&name).expect("CAMPANA_FUZZ_TARGET names a target")
});

fuzz_target!(|data: &[u8]| TARGET(data));
