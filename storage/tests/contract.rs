//! The contract suite on in-process SQLite, one test per case.

#![expect(clippy::expect_used, reason = "test helpers")]

use campana_storage::Sqlite;
use campana_storage::contract::Case;
use std::sync::Arc;

fn run(name: &str) {
    let case = Case::named(name).expect("the case exists");
    let db = Sqlite::new().expect("the migrations apply");
    pollster::block_on(case.run(Arc::new(db)));
}

macro_rules! one_test_each {
    ($($topic:ident { $($case:ident,)+ })+) => {$(
        mod $topic {$(
            #[test]
            fn $case() {
                super::run(concat!(stringify!($topic), "::", stringify!($case)));
            }
        )+}
    )+};
}

campana_storage::for_each_contract_case!(one_test_each);
