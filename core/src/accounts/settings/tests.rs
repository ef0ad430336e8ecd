//! Tests of settings: reading of rows, and changes.

use super::*;

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn limits(value: Value) -> Result<SettingsChange, Problem> {
    in_section("limits", value)
}

fn in_section(section: &str, fields: Value) -> Result<SettingsChange, Problem> {
    let fields = object(fields);
    SettingsChange::validate(SECTIONS.map(|(name, _)| if name == section { fields.clone() } else { Map::new() }))
}

#[test]
fn every_field_has_a_rule_that_accepts_its_default() {
    let defaults = Settings::default().values();
    for (section, known) in SECTIONS {
        let fields = defaults[section].as_object().expect("a section");
        assert_eq!(fields.len(), known.len(), "{section}");
        for (name, rule) in known {
            let default = fields.get(*name).unwrap_or_else(|| panic!("{name} is no field"));
            assert_eq!(fault(Some(rule), default), None, "{name}");
        }
    }
}

#[test]
fn a_row_is_parsed_leniently() {
    let (settings, faults) = Settings::read(r#"{"limits":{"idle_timeout_ms":2000,"sends_per_second":1000000}}"#);
    assert_eq!((settings.limits.idle_timeout_ms, settings.limits.sends_per_second), (2_000, 1_000_000));
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn unusable_values_get_their_defaults_and_are_reported() {
    let stored = json!({
        "limits": {"body_chars": "many", "send_burst": 0, "idle_timeout_ms": -1, "sockets_per_user": 3,
            "typing_interval_ms": 1.5, "max_connections": null, "unheard_of": {}},
        "retention": 7, "pusher": {"client_events": "no", "event_names": "ruby", "gateways": 4},
        "web": {"name": "Demo", "languages": "en", "oidc_issuer": "http://id.example"},
    });
    let (settings, faults) = Settings::read(&stored.to_string());
    assert_eq!(settings.limits, Limits { sockets_per_user: 3, ..Limits::default() });
    assert_eq!(settings.retention, Retention::default());
    let named = ["limits.body_chars", "limits.send_burst", "limits.typing_interval_ms", "limits.idle_timeout_ms"];
    assert_eq!(settings.pusher, PusherSettings { gateways: 4, ..PusherSettings::default() });
    assert_eq!(settings.web, WebSettings { name: Some("Demo".to_owned()), ..WebSettings::default() });
    assert_eq!(
        faults,
        [&named[..], &["retention", "pusher.client_events", "pusher.event_names", "web.languages", "web.oidc_issuer"]]
            .concat()
    );
    for nonsense in ["[]", "7", "null", "{"] {
        assert_eq!(Settings::read(nonsense), (Settings::default(), vec!["settings".to_owned()]), "{nonsense}");
    }
}

#[test]
fn the_api_accepts_exactly_the_valid_values_of_each_field() {
    for (section, known) in SECTIONS {
        for (name, rule) in known {
            let (good, bad) = match rule {
                Rule::Within(range) => {
                    let (first, last) = (u64::from(*range.start()), u64::from(*range.end()));
                    (
                        vec![json!(first), json!(last)],
                        vec![json!(first - 1), json!(last + 1), json!(-1), json!(1.5), json!(true)],
                    )
                }
                Rule::Flag => (vec![json!(true), json!(false)], vec![json!(0), json!("true")]),
                Rule::Escalation => {
                    let step = json!({"after_s": 30, "page": {"groups": ["guards"]}});
                    (
                        vec![json!({"steps": []}), json!({"steps": [step], "repeat": 2, "stale_after_s": 60})],
                        vec![json!(1), json!({"steps": [{"after_s": 1, "page": {"webhooks": true}}]})],
                    )
                }
                Rule::Text(most) => (
                    vec![json!("x"), json!("é".repeat(*most))],
                    vec![json!(""), json!("x".repeat(most + 1)), json!("a\nb"), json!(1), json!(["x"])],
                ),
                Rule::HttpsAddress(most) => {
                    let longest = format!("https://id.example/{}", "x".repeat(most - 19));
                    (
                        vec![json!("https://id.example"), json!(longest)],
                        vec![json!(format!("{longest}x")), json!("http://id.example"), json!(1)],
                    )
                }
                Rule::WebhookUrl => (
                    vec![json!("https://scan.example:8443/files?a=b"), json!("http://127.0.0.1:9/")],
                    vec![
                        json!("scan.example"),
                        json!("ftp://scan.example"),
                        json!("https://a:b@scan.example"),
                        json!(1),
                    ],
                ),
                Rule::Languages(most) => {
                    let tags: Vec<String> = (0..=*most).map(|number| format!("en-{number}")).collect();
                    (vec![json!(["pt-BR"]), json!(tags[1..])], vec![json!(tags), json!("en"), json!(["en", "EN"])])
                }
                Rule::EmojiNames(most) => {
                    let names: Vec<String> = (0..=*most).map(|number| format!("e{number}")).collect();
                    (vec![json!(["+1"]), json!(names[1..])], vec![json!(names), json!("e"), json!(["e", "e"])])
                }
                Rule::MediaTypes(most) => {
                    let types: Vec<String> = (0..=*most).map(|number| format!("a/b{number}")).collect();
                    (
                        vec![json!(["image/*"]), json!(types[1..])],
                        vec![json!(types), json!("a/b"), json!(["a/b", "a/b"])],
                    )
                }
                Rule::OneOf(texts) => {
                    (texts.iter().map(|text| json!(text)).collect(), vec![json!("x"), json!(1), json!(true)])
                }
            };
            let validate = |value: &Value| in_section(section, json!({*name: value}));
            for good in good.into_iter().chain([json!(null)]) {
                assert!(validate(&good).is_ok(), "{name} {good}");
            }
            let text = (!matches!(rule, Rule::Text(_))).then(|| json!("9"));
            for bad in bad.into_iter().chain([json!([]), json!({})]).chain(text) {
                let problem = validate(&bad).expect_err("must be refused");
                assert_eq!(problem.kind, Kind::Invalid, "{name} {bad}");
                assert_eq!(problem.errors[0].field, format!("{section}.{name}"));
            }
        }
    }
}

#[test]
fn a_refusal_names_every_wrong_field_and_no_value() {
    let problem = limits(json!({"body_chars": "my secret", "surprise": 1})).expect_err("two invalid fields");
    let named: Vec<_> = problem.errors.iter().map(|error| error.field.as_str()).collect();
    assert_eq!(named, ["limits.body_chars", "limits.surprise"]);
    assert!(!format!("{problem:?}").contains("secret"));
    assert!(limits(json!({})).is_err(), "an empty change is refused");
}

#[test]
fn the_ping_interval_must_be_shorter_than_the_idle_timeout() {
    let refused =
        |change: Value, stored: &str| limits(change).expect("in range").on(stored).expect_err("values contradict");
    assert_eq!(refused(json!({"idle_timeout_ms": 5_000}), "{}").errors[0].field, "limits.idle_timeout_ms");
    let short = r#"{"limits":{"idle_timeout_ms":9000,"keep_alive_ms":3000}}"#;
    assert_eq!(refused(json!({"keep_alive_ms": 9_000}), short).errors[0].field, "limits.keep_alive_ms");
    let both = limits(json!({"idle_timeout_ms": 5_000, "keep_alive_ms": 2_000})).expect("in range");
    assert!(both.on("{}").is_ok());
    let by_hand = r#"{"limits":{"idle_timeout_ms":2000}}"#;
    assert!(limits(json!({"body_chars": 9})).expect("in range").on(by_hand).is_ok(), "the change names neither value");
}

#[test]
fn issuer_and_client_id_are_set_and_reset_together() {
    let web = |fields: Value, stored: &str| in_section("web", fields).expect("in range").on(stored);
    let named =
        |fields: Value, stored: &str| web(fields, stored).expect_err("values contradict").errors[0].field.clone();
    let (issuer, client_id) = (json!("https://id.example"), json!("web"));
    assert_eq!(named(json!({"oidc_issuer": issuer}), "{}"), "web.oidc_issuer");
    assert_eq!(named(json!({"oidc_client_id": client_id}), "{}"), "web.oidc_client_id");
    let both = web(json!({"oidc_issuer": issuer, "oidc_client_id": client_id}), "{}").expect("values agree");
    assert_eq!(both.settings.web.oidc(), Some(("https://id.example", "web")));
    assert_eq!(named(json!({"oidc_issuer": null}), &both.stored), "web.oidc_issuer");
    assert_eq!(named(json!({"oidc_client_id": null}), &both.stored), "web.oidc_client_id");
    assert!(web(json!({"oidc_client_id": "other"}), &both.stored).is_ok());
    let neither = web(json!({"oidc_issuer": null, "oidc_client_id": null}), &both.stored).expect("values agree");
    assert_eq!(neither.settings, Settings::default());
    let by_hand = r#"{"web":{"oidc_issuer":"https://id.example"}}"#;
    assert!(web(json!({"name": "Demo"}), by_hand).is_ok(), "the change names neither value");
    assert!(web(json!({"oidc_client_id": "web"}), by_hand).is_ok());
}

#[test]
fn a_change_sets_or_resets_fields_and_keeps_the_rest_of_the_row() {
    let stored = r#"{"limits":{"body_chars":7,"send_burst":9},"retention":{"message_days":30},"preset":"x"}"#;
    let retention = object(json!({"message_days": null, "audit_days": 400}));
    let change = SettingsChange::validate([
        object(json!({"body_chars": null, "send_burst": 9})),
        retention,
        Map::new(),
        Map::new(),
        Map::new(),
        Map::new(),
        Map::new(),
        Map::new(),
    ]);
    let changed = change.expect("in range").on(stored).expect("values agree");
    assert_eq!(changed.settings.limits, Limits { send_burst: 9, ..Limits::default() });
    assert_eq!(changed.settings.retention, Retention { message_days: None, audit_days: 400 });
    let row: Value = serde_json::from_str(&changed.stored).expect("JSON");
    assert_eq!(row, json!({"limits": {"send_burst": 9}, "retention": {"audit_days": 400}, "preset": "x"}));
    let fields = json!({
        "limits.body_chars": [7, 4_000], "retention.message_days": [30, null], "retention.audit_days": [365, 400],
    });
    assert_eq!(Value::Object(changed.fields), fields);
}
