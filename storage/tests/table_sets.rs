//! The migration steps of every table set, on SQLite.

#![expect(clippy::expect_used, reason = "test helpers")]

use campana_schema::objects::{HERALD, HOSTING, META, TABLE_SETS, TableSet};
use campana_storage::{Database, Sqlite, Statement};
use pollster::block_on;

/// Names and columns of all tables and indexes.
fn schema(tables: &str) -> Vec<String> {
    const SCHEMA: &str = "SELECT m.type || ' ' || m.name || ' ' || COALESCE(c.name, '') AS line
        FROM sqlite_schema m LEFT JOIN pragma_table_info(m.name) c ORDER BY line";
    let database = Sqlite::of_object(tables).expect("the steps apply");
    let rows = block_on(database.query(Statement::unnamed(SCHEMA, []))).expect("the schema can be read");
    rows.iter().map(|row| row["line"].as_str().expect("the column is text").to_owned()).collect()
}

/// The schema of a database after its pending steps.
fn upgraded(set: &TableSet, before: &str, recorded: Option<&str>) -> Vec<String> {
    let made = schema(before);
    let exists = made.iter().any(|line| line.starts_with(&format!("table {} ", set.first_table)));
    schema(&format!("{before}\n{META}\n{}", set.pending(recorded, exists).join("\n")))
}

#[test]
fn every_set_ends_with_the_same_schema_from_any_version() {
    for (name, set) in TABLE_SETS {
        let newest = schema(&format!("{META}\n{}", set.all_steps()));
        assert_eq!(upgraded(set, "", None), newest, "{name}, from an empty database");
        let mut taken = String::new();
        for (steps, step) in (1..).zip(set.steps) {
            taken.push_str(step);
            assert_eq!(upgraded(set, &taken, Some(&steps.to_string())), newest, "{name}, from version {steps}");
        }
        let first = set.steps.first().copied().unwrap_or_default();
        assert_eq!(upgraded(set, first, None), newest, "{name}, from a release that recorded no version");
    }
}

#[test]
fn a_set_is_created_in_a_database_that_has_another_set() {
    for (name, set) in TABLE_SETS.iter().filter(|(_, set)| set.first_table != "meta") {
        for other in [HOSTING, HERALD].iter().filter(|other| *other != set) {
            let pending = upgraded(set, &other.all_steps(), None);
            assert!(pending.iter().any(|line| line.starts_with(&format!("table {} ", set.first_table))), "{name}");
        }
    }
}
