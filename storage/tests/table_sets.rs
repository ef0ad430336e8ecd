//! The steps of every table set, on the engine's SQL.

#![expect(clippy::expect_used, reason = "helpers of tests")]

use campana_schema::objects::{HERALD, HOSTING, META, TABLE_SETS, TableSet};
use campana_storage::{Database, Sqlite, Statement};
use pollster::block_on;

/// Names and columns of all tables and indexes.
fn schema(tables: &str) -> Vec<String> {
    const SCHEMA: &str = "SELECT m.type || ' ' || m.name || ' ' || COALESCE(c.name, '') AS line
        FROM sqlite_schema m LEFT JOIN pragma_table_info(m.name) c ORDER BY line";
    let database = Sqlite::of_object(tables).expect("the steps apply");
    let rows = block_on(database.query(Statement::unnamed(SCHEMA, []))).expect("the schema can be read");
    rows.iter().map(|row| row["line"].as_str().expect("a text").to_owned()).collect()
}

/// What a database has after the steps that are pending for it.
fn upgraded(set: &TableSet, before: &str, recorded: Option<&str>) -> Vec<String> {
    let made = schema(before);
    let exists = made.iter().any(|line| line.starts_with(&format!("table {} ", set.first_table)));
    schema(&format!("{before}\n{META}\n{}", set.pending(recorded, exists).join("\n")))
}

#[test]
fn every_set_ends_alike_whatever_it_began_as() {
    for (name, set) in TABLE_SETS {
        let newest = schema(&format!("{META}\n{}", set.all_steps()));
        assert_eq!(upgraded(set, "", None), newest, "{name}, new");
        let mut taken = String::new();
        for (steps, step) in (1..).zip(set.steps) {
            taken.push_str(step);
            assert_eq!(upgraded(set, &taken, Some(&steps.to_string())), newest, "{name}, after {steps}");
        }
        let first = set.steps.first().copied().unwrap_or_default();
        assert_eq!(upgraded(set, first, None), newest, "{name}, of a release that recorded no version");
    }
}

#[test]
fn a_set_is_new_in_a_database_that_has_another() {
    for (name, set) in TABLE_SETS.iter().filter(|(_, set)| set.first_table != "meta") {
        for other in [HOSTING, HERALD].iter().filter(|other| *other != set) {
            let pending = upgraded(set, &other.all_steps(), None);
            assert!(pending.iter().any(|line| line.starts_with(&format!("table {} ", set.first_table))), "{name}");
        }
    }
}
