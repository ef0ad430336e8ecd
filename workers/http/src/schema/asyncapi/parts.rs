//! What a document consists of: messages, and the channels and operations that they belong to.

use serde_json::{Map, Value, json};

/// Content type of frames and request bodies.
const JSON: &str = "application/json";

/// A message: one kind of frame, event or request.
pub(super) struct Message {
    /// Key in the document.
    pub(super) key: String,
    /// Value of `type` or `event`, or the name of what has neither.
    pub(super) name: String,
    summary: String,
    /// Name of the payload's schema.
    pub(super) schema: String,
    /// The payload's field with the name, and its value, if the schema is that of several messages.
    pub(super) tag: Option<(&'static str, String)>,
    content_type: &'static str,
    headers: Option<Value>,
    examples: Vec<Value>,
}

impl Message {
    /// A message with an example of its payload. The key is made from the prefix and the name.
    pub(super) fn new(prefix: &str, name: &str, summary: &str, schema: &str, example: Value) -> Self {
        Self {
            key: camel_case(&[prefix, name]),
            name: name.to_owned(),
            summary: summary.to_owned(),
            schema: schema.to_owned(),
            tag: None,
            content_type: JSON,
            headers: None,
            examples: vec![example],
        }
    }

    /// An event whose schema is that of several events.
    pub(super) fn event(prefix: &str, name: &str, summary: &str, schema: &str, example: Value) -> Self {
        Self { tag: Some(("event", name.to_owned())), ..Self::new(prefix, name, summary, schema, example) }
    }

    /// Narrows the payload's schema to a value of this field: the name.
    #[must_use]
    pub(super) fn tagged(mut self, field: &'static str) -> Self {
        self.tag = Some((field, self.name.clone()));
        self
    }

    /// Another example.
    #[must_use]
    pub(super) fn or(mut self, example: Value) -> Self {
        self.examples.push(example);
        self
    }

    /// A plain text.
    #[must_use]
    pub(super) fn in_plain_text(mut self) -> Self {
        self.content_type = "text/plain";
        self
    }

    /// HTTP headers of the request, a schema, which is also that of the binding.
    #[must_use]
    pub(super) fn with_headers(mut self, headers: Value) -> Self {
        self.headers = Some(headers);
        self
    }

    /// The summary.
    pub(super) fn summary(&self) -> &str {
        &self.summary
    }

    /// The first example.
    pub(super) fn example(&self) -> &Value {
        self.examples.first().unwrap_or(&Value::Null)
    }

    /// The message's entry in the components.
    pub(super) fn component(&self, schema: &str) -> Value {
        let examples: Vec<Value> =
            self.examples.iter().map(|payload| json!({"name": self.name, "payload": payload})).collect();
        let mut message = json!({
            "name": self.name,
            "title": title(&self.name),
            "summary": self.summary,
            "contentType": self.content_type,
            "payload": {"$ref": format!("#/components/schemas/{schema}")},
            "examples": examples,
        });
        if let (Some(fields), Some(headers)) = (message.as_object_mut(), &self.headers) {
            fields.insert("bindings".to_owned(), json!({"http": {"headers": headers, "bindingVersion": "0.3.0"}}));
        }
        message
    }
}

/// Part of the document: channels with their operations and messages.
#[derive(Default)]
pub(super) struct Section {
    /// Channels by key.
    pub(super) channels: Map<String, Value>,
    /// Operations by key.
    pub(super) operations: Map<String, Value>,
    /// Messages of the channels.
    pub(super) messages: Vec<Message>,
}

impl Section {
    /// Adds a channel. Its fields are those of the document without the messages, which are taken from `messages`.
    pub(super) fn channel(&mut self, key: &str, mut fields: Value, messages: &[&str]) {
        let listed: Map<String, Value> = messages
            .iter()
            .map(|message| ((*message).to_owned(), json!({"$ref": format!("#/components/messages/{message}")})))
            .collect();
        if let Some(fields) = fields.as_object_mut() {
            fields.insert("messages".to_owned(), Value::Object(listed));
        }
        self.channels.insert(key.to_owned(), fields);
    }

    /// Adds an operation on a channel. `answers` are what the other side gets for it, on the same channel.
    pub(super) fn operation(&mut self, key: &str, operation: &Operation<'_>) {
        self.operations.insert(key.to_owned(), operation.to_value());
    }
}

/// An operation of the server.
pub(super) struct Operation<'a> {
    /// `send` or `receive`.
    pub(super) action: &'static str,
    /// Key of the channel.
    pub(super) channel: &'a str,
    /// One sentence.
    pub(super) summary: &'a str,
    /// Keys of its messages.
    pub(super) messages: &'a [&'a str],
    /// Keys of the messages that answer it; none if it needs no answer.
    pub(super) answers: &'a [&'a str],
    /// Names of the security schemes, one of which is needed.
    pub(super) security: &'a [&'a str],
    /// Fields of the document besides those above.
    pub(super) more: Value,
}

impl Operation<'_> {
    fn to_value(&self) -> Value {
        let Self { action, channel, summary, messages, answers, security, more } = self;
        let messages_of = |keys: &[&str]| -> Vec<Value> {
            keys.iter().map(|key| json!({"$ref": format!("#/channels/{channel}/messages/{key}")})).collect()
        };
        let channel_ref = json!({"$ref": format!("#/channels/{channel}")});
        let mut fields = Map::new();
        fields.insert("action".to_owned(), (*action).into());
        fields.insert("channel".to_owned(), channel_ref.clone());
        fields.insert("summary".to_owned(), (*summary).into());
        fields.insert("messages".to_owned(), messages_of(messages).into());
        if !answers.is_empty() {
            fields.insert("reply".to_owned(), json!({"channel": channel_ref, "messages": messages_of(answers)}));
        }
        if !security.is_empty() {
            let schemes: Vec<Value> =
                security.iter().map(|name| json!({"$ref": format!("#/components/securitySchemes/{name}")})).collect();
            fields.insert("security".to_owned(), schemes.into());
        }
        fields.extend(more.as_object().cloned().unwrap_or_default());
        Value::Object(fields)
    }
}

/// Names in camel case, the first word in lower case.
pub(super) fn camel_case(names: &[&str]) -> String {
    let words = names.iter().flat_map(|name| name.split(|c: char| !c.is_ascii_alphanumeric()));
    let words = words.filter(|word| !word.is_empty()).enumerate();
    words.map(|(at, word)| if at == 0 { word.to_ascii_lowercase() } else { capitalized(word) }).collect()
}

/// The word with its first letter in upper case.
pub(super) fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

/// The title of a message: its name without separators.
fn title(name: &str) -> String {
    let words: Vec<&str> = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    capitalized(&words.join(" "))
}
