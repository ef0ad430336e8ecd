//! Tests of words and queries.

use super::*;
use crate::chat::wire::Message;
use crate::shared::ids::FileId;
use crate::shared::timestamp::Timestamp;
use proptest::prelude::*;
use serde_json::json;

fn texts(text: &str) -> Vec<String> {
    indexed_words(text).into_iter().map(|word| word.text).collect()
}

fn query(text: &str) -> MessageQuery {
    MessageQuery { terms: ParsedQuery::parse(text).terms, ..MessageQuery::default() }
}

/// The expression without conversations.
fn expression(text: &str) -> String {
    query(text).expression(None)
}

/// The part of a text that a highlight covers.
fn highlighted(q: &str, body: &str) -> Vec<String> {
    let cut = |[start, length]: [usize; 2]| body.chars().skip(start).take(length).collect();
    query(q).highlights(body).into_iter().map(cut).collect()
}

#[test]
fn a_message_is_found_by_the_names_of_its_files() {
    let id = FileId::trusted("0190a7c0-0000-7000-8000-00000000000a");
    let file = json!({
        "id": id, "url": "/", "name": "Acta.png", "type": "image/png", "size": 1, "sha256": "", "variants": [],
        "status": "ready", "created_at": "2026-01-31T09:05:00.120Z",
    });
    let message = json!({
        "id": "m", "conversation_id": "c", "seq": 1, "sender_id": "7", "sender_name": "Ana", "type": "text", "body": "see",
        "version": 1, "created_at": "2026-01-31T09:05:00.120Z", "attachments": [file],
    });
    let message: Message = serde_json::from_value(message).expect("a message");
    let accepts = |text: &str, has: &[Feature]| MessageQuery { has: has.to_vec(), ..query(text) }.accepts(&message);
    assert!(accepts("acta see", &[Feature::File, Feature::Image]));
    assert!(!accepts("acta", &[Feature::Link]) && !accepts("-acta", &[]));
    let without = Message { attachments: Vec::new(), ..message.clone() };
    assert!(!query("acta").accepts(&without) && query("see").accepts(&without));
}

#[test]
fn words_are_folded_and_end_at_punctuation() {
    assert_eq!(texts("¡Mañana, a las 9! O'Brien"), ["manana", "a", "las", "9", "o", "brien"]);
    assert_eq!(texts("Ana\u{301} cafe\u{301}s"), ["ana", "cafes"]);
    assert_eq!(texts("a_b \" * ( )"), ["a", "b"]);
    assert_eq!(texts(""), Vec::<String>::new());
}

#[test]
fn scripts_without_spaces_are_cut_into_pairs() {
    let words = indexed_words("東京都 x");
    let spans: Vec<_> = words.iter().map(|word| word.span.clone()).collect();
    assert_eq!(spans, [0..2, 1..3, 2..3, 4..5]);
    assert!(words.iter().all(|word| word.text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')));
}

#[test]
fn a_query_is_words_phrases_and_operators() {
    let parsed =
        ParsedQuery::parse("from:ana in:\"the lobby\" before:2026-01-01 has:FILE \"two words\" -not pre* sort:best");
    assert_eq!(parsed.from, ["ana"]);
    assert_eq!(parsed.places, ["the lobby"]);
    assert_eq!(parsed.before, Timestamp::parse_rfc3339("2026-01-01T00:00:00Z"));
    assert_eq!((parsed.has, parsed.sort), (vec![Feature::File], Some(Sort::Best)));
    let query = MessageQuery { terms: parsed.terms, ..MessageQuery::default() };
    assert_eq!(query.expression(None), "(body : (\"two words\" AND \"pre\" *)) NOT (body : (\"not\"))");
    assert_eq!(
        query.expression(Some(&[1, 2])),
        "(body : (\"two words\" AND \"pre\" *) AND keys : (\"c1\" OR \"c2\")) NOT (body : (\"not\"))"
    );
}

#[test]
fn what_is_no_operator_is_a_word() {
    assert_eq!(
        expression("o'brien a:b before:soon has:x"),
        "body : (\"o brien\" AND \"a b\" AND \"before soon\" AND \"has x\")"
    );
    assert_eq!(expression("NEAR(x y) AND"), "body : (\"near x\" AND \"y\" AND \"and\")");
    assert_eq!(expression("a* b*"), "body : (\"a\" AND \"b\")", "a beginning has two characters");
    assert_eq!(expression("-only"), "(keys : (\"m\")) NOT (body : (\"only\"))");
    assert!(ParsedQuery::parse(" \" * -- \u{1f600}").is_empty());
}

#[test]
fn a_query_has_a_bounded_number_of_words() {
    let long = (0..10_000).map(|number| format!("w{number}")).collect::<Vec<_>>().join(" ");
    assert_eq!(ParsedQuery::parse(&long).terms.len(), MAX_TERMS);
    assert!(query(&format!("\"{long}\"")).width() <= 16);
}

#[test]
fn highlights_are_in_code_points_of_the_original() {
    assert_eq!(highlighted("manana 9", "¿Cuándo? Mañana a las 9"), ["Mañana", "9"]);
    assert_eq!(highlighted("\"dos palabras\"", "Dos  palabras, dos"), ["Dos  palabras"]);
    assert_eq!(highlighted("pal*", "palabras pal pa"), ["palabras", "pal"]);
    assert_eq!(highlighted("京都", "東京都に"), ["京都"]);
    assert_eq!(highlighted("cafe", "un cafe\u{301}!"), ["cafe\u{301}"]);
    assert_eq!(highlighted("-not", "not this"), Vec::<String>::new());
}

#[test]
fn an_excerpt_begins_before_the_first_highlight() {
    let body = format!("{}palabra{}", "x ".repeat(100), " y".repeat(200));
    let excerpt = Excerpt::around(&body, &query("palabra").highlights(&body));
    assert_eq!((excerpt.start, excerpt.text.chars().count()), (160, 160));
    assert!(excerpt.text.contains("palabra"));
}

proptest! {
    #[test]
    fn words_have_the_alphabet_of_the_index_and_places_in_the_text(text in any::<String>()) {
        let length = text.chars().count();
        for word in indexed_words(&text) {
            prop_assert!(!word.text.is_empty());
            prop_assert!(word.text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'));
            prop_assert!(word.span.start < word.span.end && word.span.end <= length);
        }
    }

    #[test]
    fn every_text_is_a_query_whose_words_are_quoted(text in any::<String>()) {
        let query = query(&text);
        for expression in [query.expression(None), query.expression(Some(&[7])), query.in_order().unwrap_or_default()] {
            prop_assert_eq!(expression.matches('"').count() % 2, 0);
            for (at, part) in expression.split('"').enumerate() {
                let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == ' ';
                let is_ours = |c: char| c.is_ascii_alphabetic() || "():* ".contains(c);
                prop_assert!(part.chars().all(|c| if at % 2 == 1 { is_word(c) } else { is_ours(c) }), "{}", expression);
            }
        }
    }

    #[test]
    fn a_text_is_found_by_itself(text in "[a-zA-Zñáé東京都 .,-]{1,40}") {
        let query = query(&format!("\"{text}\""));
        let highlights = query.highlights(&text);
        prop_assert_eq!(query.terms.is_empty(), highlights.is_empty());
        let end = highlights.last().map_or(0, |[start, length]| start + length);
        prop_assert!(end <= text.chars().count());
    }
}
