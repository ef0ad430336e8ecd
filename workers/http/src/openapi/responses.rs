//! Responses of operations: their headers, and problem documents.

use super::components::PROBLEM;
use campana_core::shared::json::set;
use campana_core::shared::problem::{Kind, Problem, TYPE_BASE};
use campana_core::shared::timestamp::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A successful answer.
pub(super) struct Answer {
    about: &'static str,
    /// Media type, schema and example of each form of the body.
    pub(super) content: Vec<(&'static str, Value, Value)>,
}

impl Answer {
    pub(super) fn new(about: &'static str) -> Self {
        Self { about, content: Vec::new() }
    }
}

/// What decides which headers responses have.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about an operation")]
pub(super) struct Traits {
    pub(super) is_get: bool,
    pub(super) is_by_user: bool,
    pub(super) is_uncached: bool,
    pub(super) is_replayed: bool,
    pub(super) is_located: bool,
    pub(super) is_versioned: bool,
    pub(super) is_local: bool,
    pub(super) shows_alert: bool,
    pub(super) is_file: bool,
    pub(super) is_tus: bool,
}

impl Traits {
    /// Whether the answer to a GET has an entity tag: JSON that caches may store.
    pub(super) fn has_entity_tag(self, answers: &BTreeMap<u16, Answer>) -> bool {
        let is_json = |answer: &Answer| answer.content.iter().any(|(media_type, ..)| *media_type == "application/json");
        self.is_get && !self.is_uncached && answers.get(&200).is_some_and(is_json)
    }
}

/// Headers of responses. The key is the name of the component, and the header's name follows.
const HEADERS: [(&str, &str, &str); 19] = [
    ("RequestId", "X-Request-Id", "Id of the request: the client's, or one of the server."),
    (
        "RateLimit",
        "RateLimit",
        "Requests that are left, and seconds until the quota is full again: `\"person\";r=1199;t=1`.",
    ),
    ("RateLimitPolicy", "RateLimit-Policy", "Limits of the user and of the app: `\"person\";q=1200;w=60`."),
    ("ETag", "ETag", "Tag of this version, for `If-None-Match`; of a message, for `If-Match`."),
    (
        "CacheControl",
        "Cache-Control",
        "`no-store`, `private, no-cache` for an answer with an entity tag, or how long a redirect may be kept.",
    ),
    ("RetryAfter", "Retry-After", "Seconds after which a retry can succeed."),
    ("WwwAuthenticate", "WWW-Authenticate", "`Bearer`."),
    (
        "IdempotencyReplayed",
        "Idempotency-Replayed",
        "`true` if this is the answer to an earlier request with this key.",
    ),
    ("Location", "Location", "Path of the new resource, or of the page that a redirect leads to."),
    ("Upgrade", "Upgrade", "`websocket`."),
    ("WebSocketProtocol", "Sec-WebSocket-Protocol", "`campana.v1`, if the client offers it."),
    ("ContentDisposition", "Content-Disposition", "Name of the file."),
    ("AcceptRanges", "Accept-Ranges", "`bytes`."),
    (
        "ContentRange",
        "Content-Range",
        "The part of the file, and its size: `bytes 0-1023/4096`; `bytes */4096` with 416.",
    ),
    ("TusResumable", "Tus-Resumable", "`1.0.0`."),
    ("UploadOffset", "Upload-Offset", "Bytes of the upload that are stored."),
    ("UploadExpires", "Upload-Expires", "Until when the upload can be resumed."),
    ("CampanaFile", "Campana-File", "Id of the file that the upload has become, once all bytes are stored."),
    ("Vary", "Vary", "Request headers on which the answer depends."),
];

/// The shared headers, for the document's components.
pub(super) fn headers() -> Value {
    let all = HEADERS.iter().map(|(component, _, about)| {
        ((*component).to_owned(), json!({"description": about, "schema": {"type": "string"}}))
    });
    Value::Object(all.collect())
}

fn header(headers: &mut Map<String, Value>, component: &str) {
    let name = HEADERS.iter().find(|(known, ..)| *known == component).map_or(component, |(_, name, _)| name);
    headers.insert(name.to_owned(), json!({"$ref": format!("#/components/headers/{component}")}));
}

fn common_headers(is_by_user: bool) -> Map<String, Value> {
    let mut headers = Map::new();
    header(&mut headers, "RequestId");
    if is_by_user {
        header(&mut headers, "RateLimit");
        header(&mut headers, "RateLimitPolicy");
    }
    headers
}

/// A successful response.
pub(super) fn success(status: u16, answer: &Answer, traits: Traits) -> Value {
    let mut headers = common_headers(traits.is_by_user);
    let media = |wanted: &str| answer.content.iter().any(|(media_type, ..)| *media_type == wanted);
    let is_tagged =
        traits.is_get && !traits.is_uncached && (status == 304 || (status == 200 && media("application/json")));
    if is_tagged {
        for name in ["ETag", "Vary"] {
            header(&mut headers, name);
        }
    }
    if is_tagged || (traits.is_uncached && !answer.content.is_empty()) {
        header(&mut headers, "CacheControl");
    }
    if traits.is_replayed && status < 300 {
        header(&mut headers, "IdempotencyReplayed");
    }
    if (traits.is_located && status == 201) || status == 302 {
        header(&mut headers, "Location");
    }
    if traits.is_versioned && status < 300 {
        header(&mut headers, "ETag");
    }
    if status == 302 {
        header(&mut headers, "CacheControl");
    }
    if traits.is_file {
        for name in ["ETag", "Vary", "CacheControl", "AcceptRanges"] {
            header(&mut headers, name);
        }
    }
    if traits.is_file && status == 206 {
        header(&mut headers, "ContentRange");
    }
    if media("application/jsonl") || (traits.is_file && status < 300) {
        header(&mut headers, "ContentDisposition");
    }
    if traits.is_tus {
        for name in ["TusResumable", "UploadOffset", "UploadExpires", "CampanaFile"] {
            header(&mut headers, name);
        }
    }
    if status == 101 {
        header(&mut headers, "Upgrade");
    }
    if status == 101 && traits.is_by_user {
        header(&mut headers, "WebSocketProtocol");
    }
    let mut response = json!({"description": answer.about, "headers": headers});
    if !answer.content.is_empty() {
        let content = answer.content.iter().map(|(media_type, schema, example)| {
            ((*media_type).to_owned(), json!({"schema": schema, "example": example}))
        });
        set(&mut response, "content", Value::Object(content.collect()));
    }
    response
}

/// Responses with problem documents: one for each status, with the name that it has among the components.
pub(super) fn refusals(kinds: &[Kind], traits: Traits) -> Vec<(u16, String, Value)> {
    let mut by_status: BTreeMap<u16, Vec<Kind>> = BTreeMap::new();
    for kind in Kind::ALL.iter().filter(|kind| kinds.contains(kind)) {
        by_status.entry(kind.status()).or_default().push(*kind);
    }
    by_status.into_iter().map(|(status, kinds)| refusal(status, &kinds, traits)).collect()
}

fn refusal(status: u16, kinds: &[Kind], traits: Traits) -> (u16, String, Value) {
    let shows_alert = traits.shows_alert && [403, 409, 422].contains(&status);
    let is_counted = traits.is_by_user && status != 401;
    let mut headers = common_headers(is_counted);
    header(&mut headers, "CacheControl");
    match status {
        401 => header(&mut headers, "WwwAuthenticate"),
        416 => header(&mut headers, "ContentRange"),
        426 => header(&mut headers, "Upgrade"),
        429 | 503 => header(&mut headers, "RetryAfter"),
        409 if kinds.contains(&Kind::InProgress) => header(&mut headers, "RetryAfter"),
        _ => {}
    }
    let mut name = kinds.iter().map(|kind| kind.slug()).collect::<Vec<_>>().join("_");
    if !traits.is_by_user {
        name.push_str(".anonymous");
    }
    if shows_alert {
        name.push_str(".alert");
    }
    let schema = if shows_alert { "#/components/schemas/AlertProblem" } else { PROBLEM };
    let types: Vec<String> = kinds.iter().map(|kind| format!("{TYPE_BASE}{}", kind.slug())).collect();
    let sentences = kinds.iter().map(|kind| format!("`{}`: {}.", kind.slug(), kind.title()));
    let examples = kinds.iter().map(|kind| (kind.slug().to_owned(), json!({"value": example(*kind)})));
    let response = json!({
        "description": sentences.collect::<Vec<_>>().join(" "),
        "headers": headers,
        "content": {"application/problem+json": {
            "schema": {"allOf": [{"$ref": schema}, {"properties": {"type": {"enum": types}}}]},
            "examples": examples.collect::<Map<_, _>>(),
        }},
    });
    (status, name, response)
}

fn example(kind: Kind) -> Value {
    let problem = match kind {
        Kind::Invalid => Problem::field("limit", "is not between 1 and 100"),
        Kind::RateLimited => Problem::rate_limited("at most 1200 requests a minute by one person", 50),
        Kind::Blocked => Problem::blocked(),
        Kind::SlowMode => Problem::slow_mode(30, 12_000),
        Kind::NotFound => Problem::not_found(),
        Kind::Unavailable => Problem::unavailable("the database did not answer"),
        Kind::Muted => Problem::muted(Timestamp::from_millis(1_769_850_300_120)),
        Kind::Banned => Problem::banned(None),
        _ => Problem::new(kind, "one sentence for developers"),
    };
    problem.to_document()
}

/// A refusal with one sentence of plain text, and the name that it has among the components.
pub(super) fn plain(status: u16) -> (String, Value) {
    let (about, example) = match status {
        400 => ("The request is invalid.", "name is missing"),
        401 => ("The signature is missing or wrong.", "auth_signature is not the signature of this request"),
        403 => ("The app is disabled.", "This app is disabled"),
        404 => ("No app has this id.", "No app has this id"),
        413 => (
            "The payload of an event, or the body, is too large.",
            "Too large: a request body has at most 2097152 bytes",
        ),
        429 => ("Over a rate limit.", "Too many requests: at most 120000 requests a minute of this app"),
        503 => (
            "A required service did not answer. Of several channels, some may have the event.",
            "Temporarily unavailable: the database did not answer",
        ),
        _ => ("A server error.", "Something went wrong on our side"),
    };
    let mut headers = common_headers(false);
    header(&mut headers, "CacheControl");
    if [429, 503].contains(&status) {
        header(&mut headers, "RetryAfter");
    }
    let content = json!({"text/plain": {"schema": {"type": "string"}, "example": format!("{example}\n")}});
    (format!("plain.{status}"), json!({"description": about, "headers": headers, "content": content}))
}
