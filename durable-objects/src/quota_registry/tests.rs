//! Connections per user and lease in the quota registry's database.

mod revoking;

use super::queries::users;
use campana_schema::objects::LEDGER;
use campana_storage::{Database, Query, Sqlite, Statement, Value};
use pollster::block_on;
use serde_json::json;

struct People(Sqlite);

impl People {
    fn new() -> Self {
        Self(Sqlite::of_object(&LEDGER.all_steps()).expect("the steps apply"))
    }

    /// Runs a statement with text parameters. Returns the rows as JSON objects.
    fn run(&self, sql: &'static str, params: &[&str]) -> Vec<serde_json::Value> {
        let params = params.iter().map(|text| Value::Text((*text).to_owned())).collect();
        let rows =
            block_on(self.0.query(Statement { query: Query::unnamed(sql), params })).expect("the statement runs");
        rows.into_iter().map(|row| json!(row)).collect()
    }

    fn total_of(&self, users: &str) -> Vec<serde_json::Value> {
        self.run(users::TOTALS, &[users])
    }
}

#[test]
fn connections_are_stored_per_lease_and_summed_per_user() {
    let people = People::new();
    people.run(users::SAVE, &["room", r#"[["ana",2],["ben",1],["nobody",0]]"#]);
    people.run(users::SAVE, &["user.ana", r#"[["ana",1]]"#]);
    let all = r#"[["ana",9],["ben",9],["nobody",9]]"#;
    assert_eq!(
        people.total_of(all),
        [json!({"user_id": "ana", "connections": 3}), json!({"user_id": "ben", "connections": 1})]
    );
    let changed = r#"[["ana",1],["ben",0]]"#;
    people.run(users::REMOVE, &["room", changed]);
    people.run(users::SAVE, &["room", changed]);
    assert_eq!(people.total_of(all), [json!({"user_id": "ana", "connections": 2})]);
    let everybody = r#"[["cleo",1]]"#;
    people.run(users::REMOVE_OTHERS, &["room", everybody]);
    people.run(users::SAVE, &["room", everybody]);
    assert_eq!(people.total_of(all), [json!({"user_id": "ana", "connections": 1})]);
    people.run(users::REMOVE_SOURCE, &["user.ana"]);
    assert_eq!(people.total_of(r#"[["ana",1],["cleo",1]]"#), [json!({"user_id": "cleo", "connections": 1})]);
    people.run(users::REMOVE_OTHERS, &["room", "[]"]);
    assert!(people.total_of(r#"[["cleo",1]]"#).is_empty());
}
