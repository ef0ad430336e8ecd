//! Description of one operation.

use super::components::Components;
use super::parameters::{RequestHeader, described, of_query};
use super::responses::{self, Answer, Traits};
use super::{Security, Tag};
use crate::response::{DEPRECATED, Deprecation};
use crate::schema::Documents;
use campana_core::shared::json::set;
use campana_core::shared::problem::Kind;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Description of one operation, under construction.
pub(crate) struct Operation<'a> {
    documents: &'a mut Documents,
    deprecation: Option<Deprecation>,
    id: &'static str,
    tag: Option<Tag>,
    summary: &'static str,
    about: Vec<&'static str>,
    security: Security,
    path_names: Vec<&'static str>,
    parameters: Vec<Value>,
    body: Option<RequestBody>,
    form_schema: Option<Value>,
    answers: BTreeMap<u16, Answer>,
    kinds: Vec<Kind>,
    plain_refusals: Vec<u16>,
    traits: Traits,
}

struct RequestBody {
    is_required: bool,
    media_types: Vec<&'static str>,
    schema: Value,
    example: Option<Value>,
}

impl<'a> Operation<'a> {
    pub(super) fn new(method: &'static str, path: &'static str, documents: &'a mut Documents) -> Self {
        let path_names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        Self {
            documents,
            deprecation: Deprecation::find(DEPRECATED, method, path).copied(),
            id: "",
            tag: None,
            summary: "",
            about: Vec::new(),
            security: Security::None,
            path_names,
            parameters: vec![RequestHeader::RequestId.reference()],
            body: None,
            form_schema: None,
            answers: BTreeMap::new(),
            kinds: Vec::new(),
            plain_refusals: Vec::new(),
            traits: Traits { is_get: method == "GET", ..Traits::default() },
        }
    }

    /// Names the operation.
    pub(crate) fn named(&mut self, id: &'static str, tag: Tag, summary: &'static str) -> &mut Self {
        (self.id, self.tag, self.summary) = (id, Some(tag), summary);
        self
    }

    /// Adds a sentence or more to the description.
    pub(crate) fn about(&mut self, text: &'static str) -> &mut Self {
        self.about.push(text);
        self
    }

    /// Sets how the caller authenticates.
    pub(crate) fn by(&mut self, security: Security) -> &mut Self {
        self.security = security;
        self.traits.is_by_user = security.is_user();
        self
    }

    /// Describes the next parameter of the path.
    pub(crate) fn path<T: JsonSchema>(&mut self) -> &mut Self {
        let described_before = self.parameters.iter().filter(|parameter| parameter["in"] == "path").count();
        let name = self.path_names.get(described_before).copied().unwrap_or_default();
        self.path_named(name, T::json_schema)
    }

    /// Describes a parameter of the path by its name.
    pub(crate) fn path_named(
        &mut self,
        name: &str,
        schema: impl FnOnce(&mut schemars::SchemaGenerator) -> schemars::Schema,
    ) -> &mut Self {
        let (about, schema) = described(self.documents.request_schema(schema));
        let mut parameter = json!({"name": name, "in": "path", "required": true, "schema": schema});
        if !about.is_null() {
            set(&mut parameter, "description", about);
        }
        self.parameters.push(parameter);
        self
    }

    /// Describes the query.
    pub(crate) fn query<T: JsonSchema>(&mut self) -> &mut Self {
        let schema = self.documents.request_schema(T::json_schema);
        let parameters = of_query(&schema);
        if parameters.iter().any(|parameter| parameter["name"] == "cursor" || parameter["name"] == "around") {
            self.refuses(&[Kind::BadCursor]);
        }
        self.parameters.extend(parameters);
        self
    }

    /// Describes one parameter of the query.
    pub(crate) fn query_named(&mut self, name: &str, is_required: bool, about: &str, schema: &Value) -> &mut Self {
        self.parameters.push(
            json!({"name": name, "in": "query", "required": is_required, "description": about, "schema": schema}),
        );
        self
    }

    /// Adds a header that the operation reads.
    pub(crate) fn header(&mut self, header: RequestHeader) -> &mut Self {
        self.parameters.push(header.reference());
        self
    }

    /// The caller's Pusher socket, if the request names it, does not get the event that the operation causes.
    pub(crate) fn spares_socket(&mut self) -> &mut Self {
        self.header(RequestHeader::SocketId)
    }

    /// Describes a JSON body.
    pub(crate) fn body<T: JsonSchema>(&mut self, is_required: bool) -> &mut Self {
        let schema = self.documents.request_ref::<T>();
        self.body = Some(RequestBody { is_required, media_types: vec!["application/json"], schema, example: None });
        self
    }

    /// The body is a file, or a form with one.
    pub(crate) fn uploads(&mut self) -> &mut Self {
        let binary = json!({"type": "string", "format": "binary"});
        let media_types = vec!["application/octet-stream"];
        self.body =
            Some(RequestBody { is_required: true, media_types, schema: binary.clone(), example: Some(json!("...")) });
        self.form_schema = Some(json!({"type": "object", "properties": {"file": binary}, "required": ["file"]}));
        self.header(RequestHeader::ContentDisposition)
    }

    /// The answer is a file, of which a client can ask for a part.
    pub(crate) fn file(&mut self, all: &'static str, part: &'static str) -> &mut Self {
        self.traits.is_file = true;
        let binary = || json!({"type": "string", "format": "binary"});
        self.answers_with(200, all, "*/*", binary(), json!("..."));
        self.answers_with(206, part, "*/*", binary(), json!("..."));
        self.answers.insert(304, Answer::new("The client has the file."));
        self.header(RequestHeader::IfNoneMatch).header(RequestHeader::Range).header(RequestHeader::IfRange)
    }

    /// The body is bytes of this media type.
    pub(crate) fn bytes(&mut self, media_type: &'static str) -> &mut Self {
        let (schema, media_types) = (json!({"type": "string", "format": "binary"}), vec![media_type]);
        self.body = Some(RequestBody { is_required: false, media_types, schema, example: Some(json!("...")) });
        self
    }

    /// Responses have the headers of tus 1.0.
    pub(crate) fn tus(&mut self) -> &mut Self {
        self.traits.is_tus = true;
        self
    }

    /// Adds 201 without a body.
    pub(crate) fn created(&mut self, about: &'static str) -> &mut Self {
        self.answers.insert(201, Answer::new(about));
        self
    }

    /// Allows the body to be a form.
    pub(crate) fn form(&mut self) -> &mut Self {
        if let Some(body) = &mut self.body {
            body.media_types.push("application/x-www-form-urlencoded");
        }
        self
    }

    /// Sets the example of the body.
    pub(crate) fn sends(&mut self, example: Value) -> &mut Self {
        if let Some(body) = &mut self.body {
            body.example = Some(example);
        }
        self
    }

    /// Adds a successful answer with a JSON body.
    pub(crate) fn answers<T: JsonSchema>(&mut self, status: u16, about: &'static str, example: Value) -> &mut Self {
        let schema = self.documents.answer_ref::<T>();
        self.answers_with(status, about, "application/json", schema, example)
    }

    /// Adds a successful answer with a body of another media type, or another media type of an answer.
    pub(crate) fn answers_with(
        &mut self,
        status: u16,
        about: &'static str,
        media_type: &'static str,
        schema: Value,
        example: Value,
    ) -> &mut Self {
        let answer = self.answers.entry(status).or_insert_with(|| Answer::new(about));
        answer.content.push((media_type, schema, example));
        self
    }

    /// Adds 201 and 200 with the same body: the resource is new, or was there.
    pub(crate) fn makes<T: JsonSchema>(
        &mut self,
        created: &'static str,
        existing: &'static str,
        example: &Value,
    ) -> &mut Self {
        self.answers::<T>(201, created, example.clone()).answers::<T>(200, existing, example.clone())
    }

    /// Adds 204.
    pub(crate) fn done(&mut self, about: &'static str) -> &mut Self {
        self.answers.insert(204, Answer::new(about));
        self
    }

    /// Adds the upgrade to a WebSocket.
    pub(crate) fn upgrades(&mut self) -> &mut Self {
        self.answers.insert(101, Answer::new("The connection is a WebSocket from now on."));
        self
    }

    /// Adds 302, whose `Location` is the path of a page.
    pub(crate) fn redirects(&mut self, about: &'static str) -> &mut Self {
        self.answers.insert(302, Answer::new(about));
        self
    }

    /// Adds the problems that the operation can answer with.
    pub(crate) fn refuses(&mut self, kinds: &[Kind]) -> &mut Self {
        self.kinds.extend(kinds);
        self
    }

    /// Adds refusals whose body is plain text.
    pub(crate) fn refuses_plainly(&mut self, statuses: &[u16]) -> &mut Self {
        self.plain_refusals.extend(statuses);
        self
    }

    /// 403, 409 and 422 can contain the alert as it stands.
    pub(crate) fn refuses_with_alert(&mut self) -> &mut Self {
        self.traits.shows_alert = true;
        self
    }

    /// The answer has the version of a message as its entity tag.
    pub(crate) fn versioned(&mut self) -> &mut Self {
        self.traits.is_versioned = true;
        self
    }

    /// No cache may store the answer.
    pub(crate) fn uncached(&mut self) -> &mut Self {
        self.traits.is_uncached = true;
        self
    }

    /// 201 has the path of the new resource in `Location`.
    pub(crate) fn located(&mut self) -> &mut Self {
        self.traits.is_located = true;
        self
    }

    /// A retry with the same key gets the first answer.
    pub(crate) fn replays(&mut self) -> &mut Self {
        self.traits.is_replayed = true;
        self
    }

    /// The endpoint exists in the local environment only.
    pub(crate) fn local(&mut self) -> &mut Self {
        self.traits.is_local = true;
        self
    }

    pub(super) fn into_value(mut self, components: &mut Components) -> Value {
        if self.traits.has_entity_tag(&self.answers) {
            self.parameters.push(RequestHeader::IfNoneMatch.reference());
            self.answers.insert(304, Answer::new("The client has the current version."));
        }
        if self.deprecation.is_some() {
            self.about
                .push("Deprecated: responses have the headers `Deprecation`, `Sunset`, and `Link` to the replacement.");
        }
        if self.traits.is_local {
            self.about.push("Exists in the local environment only.");
        }
        let mut responses = Map::new();
        for (status, answer) in &self.answers {
            responses.insert(status.to_string(), responses::success(*status, answer, self.traits));
        }
        for (status, name, response) in responses::refusals(&self.kinds, self.traits) {
            responses.insert(status.to_string(), components.response(&name, &response));
        }
        for status in &self.plain_refusals {
            let (name, response) = responses::plain(*status);
            responses.insert(status.to_string(), components.response(&name, &response));
        }
        let mut operation = json!({
            "operationId": self.id,
            "tags": self.tag.map(Tag::name).into_iter().collect::<Vec<_>>(),
            "summary": self.summary,
            "description": self.about.join(" "),
            "security": self.security.alternatives(),
            "parameters": self.parameters,
            "responses": responses,
        });
        if let Some(body) = self.body {
            let mut body = body.into_value();
            if let (Some(schema), Some(content)) = (self.form_schema, body.get_mut("content")) {
                set(content, "multipart/form-data", json!({"schema": schema, "example": {"file": "..."}}));
            }
            set(&mut operation, "requestBody", body);
        }
        if self.traits.is_local {
            set(&mut operation, "x-environment", "local");
        }
        if let Some(deprecation) = self.deprecation {
            set(&mut operation, "deprecated", true);
            set(&mut operation, "x-sunset", deprecation.sunset.to_rfc3339());
        }
        if let Some(fields) = operation.as_object_mut().filter(|_| self.about.is_empty()) {
            fields.remove("description");
        }
        operation
    }
}

impl RequestBody {
    fn into_value(self) -> Value {
        let content = self.media_types.iter().map(|media_type| {
            let mut content = json!({"schema": self.schema});
            if let Some(example) = &self.example {
                set(&mut content, "example", example.clone());
            }
            ((*media_type).to_owned(), content)
        });
        json!({"required": self.is_required, "content": content.collect::<Map<_, _>>()})
    }
}
