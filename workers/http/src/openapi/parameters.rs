//! Parameters of operations.

use campana_core::shared::json::set;
use schemars::Schema;
use serde_json::{Value, json};

/// A header that several operations read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RequestHeader {
    /// Id of the request.
    RequestId,
    /// Tag of the known version.
    IfNoneMatch,
    /// Tag of the version to change.
    IfMatch,
    /// Key of a creating request.
    IdempotencyKey,
    /// Socket that gets no echo.
    SocketId,
    /// Position of an event stream.
    LastEventId,
    /// Name of a file that is uploaded.
    ContentDisposition,
    /// Part of a file.
    Range,
    /// Version of that part.
    IfRange,
    /// Version of tus.
    TusResumable,
    /// Size of a file that is uploaded.
    UploadLength,
    /// Name of a file that is uploaded.
    UploadMetadata,
    /// Position of bytes.
    UploadOffset,
    /// Checksum of bytes.
    UploadChecksum,
    /// Method in place of the request's.
    MethodOverride,
}

impl RequestHeader {
    const ALL: [Self; 15] = [
        Self::RequestId,
        Self::IfNoneMatch,
        Self::IfMatch,
        Self::IdempotencyKey,
        Self::SocketId,
        Self::LastEventId,
        Self::ContentDisposition,
        Self::Range,
        Self::IfRange,
        Self::TusResumable,
        Self::UploadLength,
        Self::UploadMetadata,
        Self::UploadOffset,
        Self::UploadChecksum,
        Self::MethodOverride,
    ];

    const fn component(self) -> &'static str {
        match self {
            Self::RequestId => "RequestId",
            Self::IfNoneMatch => "IfNoneMatch",
            Self::IfMatch => "IfMatch",
            Self::IdempotencyKey => "IdempotencyKey",
            Self::SocketId => "SocketId",
            Self::LastEventId => "LastEventId",
            Self::ContentDisposition => "ContentDisposition",
            Self::Range => "Range",
            Self::IfRange => "IfRange",
            Self::TusResumable => "TusResumable",
            Self::UploadLength => "UploadLength",
            Self::UploadMetadata => "UploadMetadata",
            Self::UploadOffset => "UploadOffset",
            Self::UploadChecksum => "UploadChecksum",
            Self::MethodOverride => "MethodOverride",
        }
    }

    /// Reference to the parameter.
    pub(super) fn reference(self) -> Value {
        json!({"$ref": format!("#/components/parameters/{}", self.component())})
    }

    fn value(self) -> Value {
        let header = |name: &str, about: &str, schema: Value| json!({"name": name, "in": "header", "required": false, "description": about, "schema": schema});
        match self {
            Self::RequestId => header(
                "X-Request-Id",
                "Id of the request for logs, which the answer repeats: 1 to 64 letters, digits, `_`, `.` and `-`. The server \
                 makes one instead of any other text, and if there is none.",
                json!({"type": "string", "example": "019a3e5b-7a10-7c3e-9d7f-2b6f0c1d4e01"}),
            ),
            Self::IfNoneMatch => header(
                "If-None-Match",
                "The `ETag` of the version that the client has: 304 if it is the current one.",
                json!({"type": "string"}),
            ),
            Self::IfMatch => header(
                "If-Match",
                "The `ETag` of the version to change: 412 (`precondition-failed`) if the message has another one.",
                json!({"type": "string"}),
            ),
            Self::IdempotencyKey => header(
                "Idempotency-Key",
                "Makes a retry safe: a request with the same key and the same content gets the first result, one with another \
                 content 422 (`key-reused`). For a message it stands for a missing `client_msg_id`.",
                json!({"type": "string", "minLength": 1, "maxLength": 255}),
            ),
            Self::SocketId => header(
                "X-Socket-ID",
                "Id of the caller's Pusher socket, which does not get the event that this request causes, such as \
                 `1234.5678`. Any other text is ignored.",
                json!({"type": "string"}),
            ),
            Self::ContentDisposition => header(
                "Content-Disposition",
                "The name of a file that is the body: `attachment; filename=\"plan.pdf\"`, or `filename*=UTF-8''...`.",
                json!({"type": "string"}),
            ),
            Self::Range => header(
                "Range",
                "One range of bytes, such as `bytes=0-1023`: 206 with this part, 416 if the file does not have it. Several \
                 ranges are answered with the whole file.",
                json!({"type": "string"}),
            ),
            Self::IfRange => header(
                "If-Range",
                "The `ETag` of the version that the range is of: the whole file if it is another one.",
                json!({"type": "string"}),
            ),
            Self::TusResumable => header(
                "Tus-Resumable",
                "`1.0.0`: 412 (`unsupported-tus-version`) for another version, and without it except for `GET`.",
                json!({"type": "string"}),
            ),
            Self::UploadLength => header("Upload-Length", "Size of the file, bytes.", json!({"type": "string"})),
            Self::UploadMetadata => header(
                "Upload-Metadata",
                "Pairs of a key and a value in base64, separated by commas; `filename` is the name of the file.",
                json!({"type": "string"}),
            ),
            Self::UploadOffset => {
                header("Upload-Offset", "Position of the first byte of the body.", json!({"type": "string"}))
            }
            Self::UploadChecksum => header(
                "Upload-Checksum",
                "`sha1` or `sha256`, a space, and the checksum of the body in base64. The body counts only as a whole.",
                json!({"type": "string"}),
            ),
            Self::MethodOverride => header("X-HTTP-Method-Override", "`PATCH` or `DELETE`.", json!({"type": "string"})),
            Self::LastEventId => header(
                "Last-Event-ID",
                "Id of the last event that the client has, `{epoch}:{seq}` or `{seq}`: the stream continues there. Takes \
                 precedence over `epoch` and `seq`. An `EventSource` sends it by itself.",
                json!({"type": "string"}),
            ),
        }
    }
}

/// The shared parameters, for the document's components.
pub(super) fn shared() -> Value {
    let all = RequestHeader::ALL.iter().map(|header| (header.component().to_owned(), header.value()));
    Value::Object(all.collect())
}

/// The parameters of a query from the schema of its type.
pub(super) fn of_query(schema: &Value) -> Vec<Value> {
    let Some(properties) = schema["properties"].as_object() else { return Vec::new() };
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let parameter = |(name, field): (&String, &Value)| {
        let (about, schema) = described(field.clone());
        let is_required = required.iter().any(|one| one == name);
        let mut parameter = json!({"name": name, "in": "query", "required": is_required, "schema": present(schema)});
        if !about.is_null() {
            set(&mut parameter, "description", about);
        }
        parameter
    };
    properties.iter().map(parameter).collect()
}

/// A schema without its description, and the description.
pub(super) fn described(mut schema: Value) -> (Value, Value) {
    let about = schema.as_object_mut().and_then(|fields| fields.remove("description")).unwrap_or_default();
    (about, schema)
}

/// A query has no null: the schema of an optional parameter that is given.
fn present(mut schema: Value) -> Value {
    let is_null = |one: &Value| *one == "null" || one.is_null() || one["type"] == "null";
    let given = |values: Option<&Value>| -> Option<Vec<Value>> {
        Some(values?.as_array()?.iter().filter(|one| !is_null(one)).cloned().collect())
    };
    if let Some([only]) = given(schema.get("anyOf")).as_deref() {
        return only.clone();
    }
    match given(schema.get("type")).as_deref() {
        None => {}
        Some([only]) => set(&mut schema, "type", only.clone()),
        Some(several) => set(&mut schema, "type", several),
    }
    if let Some(values) = given(schema.get("enum")) {
        set(&mut schema, "enum", values);
    }
    if let Some(fields) = schema.as_object_mut() {
        fields.remove("default");
    }
    schema
}

/// Adds to a message's schema that the text may be called `body` or `message`, or be absent if there are attachments.
pub(crate) fn body_or_message(schema: &mut Schema) {
    const NAMES: [&str; 2] = ["body", "message"];
    const FILES: &str = "attachments";
    let Some(fields) = schema.as_object_mut() else { return };
    if let Some(properties) = fields.get_mut("properties").and_then(Value::as_object_mut) {
        let text = NAMES.iter().find_map(|name| properties.get(*name)).cloned();
        for name in NAMES {
            properties.insert(name.to_owned(), text.clone().unwrap_or_default());
        }
    }
    if let Some(required) = fields.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| !NAMES.iter().any(|one| name == one));
    }
    let has_files = fields.get("properties").is_some_and(|properties| properties.get(FILES).is_some());
    let mut forms = NAMES.map(|name| json!({"required": [name]})).to_vec();
    if has_files {
        let [body, message] = NAMES;
        forms.push(json!({"required": [FILES], "properties": {body: false, message: false}}));
    }
    fields.insert("oneOf".to_owned(), json!(forms));
}
