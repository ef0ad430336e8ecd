//! Bodies that client libraries post: form or JSON. Unknown fields are ignored, because applications send extra fields
//! meant for their own backend.

use crate::App;
use crate::request::read_up_to;
use crate::response::Refusal;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use campana_core::shared::json::read_input_bytes;
use campana_core::shared::limits::MAX_REQUEST_BYTES;
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::socket_id::SocketId;
use serde_json::{Map, Value};

/// A parsed body.
#[derive(Debug)]
pub(super) enum Fields {
    Form(Vec<(String, String)>),
    Json(Map<String, Value>),
}

/// A field that takes one string or a list of strings.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Texts {
    One(String),
    Many(Vec<String>),
}

impl FromRequest<App> for Fields {
    type Rejection = Refusal;

    async fn from_request(request: Request, _app: &App) -> Result<Self, Refusal> {
        let (parts, body) = request.into_parts();
        let bytes = read_up_to(&parts.headers, body, MAX_REQUEST_BYTES).await?;
        Ok(Self::parse(&content_type(&parts.headers), &bytes)?)
    }
}

#[cfg(feature = "schema")]
impl crate::openapi::Input for Fields {
    fn describe(operation: &mut crate::openapi::Operation<'_>) {
        operation.refuses(&[Kind::Malformed, Kind::TooLarge, Kind::UnsupportedMediaType, Kind::Invalid]);
    }
}

fn content_type(headers: &HeaderMap) -> String {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

impl Fields {
    fn parse(content_type: &str, bytes: &[u8]) -> Result<Self, Problem> {
        match content_type {
            "application/x-www-form-urlencoded" => Ok(Self::Form(form_urlencoded::parse(bytes).into_owned().collect())),
            "application/json" => match read_input_bytes(bytes) {
                Ok(Value::Object(fields)) => Ok(Self::Json(fields)),
                Ok(_) => Err(Problem::field("body", "is not a JSON object")),
                Err(_) => Err(Problem::new(Kind::Malformed, "the body is not JSON")),
            },
            _ => {
                let detail = "send Content-Type: application/x-www-form-urlencoded or application/json";
                Err(Problem::new(Kind::UnsupportedMediaType, detail))
            }
        }
    }

    /// The socket id. 422 if it is missing or malformed.
    pub(super) fn socket(&self) -> Result<SocketId, Problem> {
        let wrong = || Problem::field("socket_id", "is not of the form <number>.<number>");
        match self.texts("socket_id")? {
            Some(Texts::One(text)) => SocketId::parse(&text).ok_or_else(wrong),
            _ => Err(wrong()),
        }
    }

    /// One string or a list; `None` if the field is absent. In a form, a list is `name[]` or `name[0]`; of repeated
    /// plain names the last counts.
    pub(super) fn texts(&self, name: &str) -> Result<Option<Texts>, Problem> {
        let wrong = || Problem::field(name, "is neither a text nor a list of texts");
        match self {
            Self::Form(pairs) => {
                let many: Vec<String> =
                    pairs.iter().filter(|(key, _)| is_entry_of(name, key)).map(|(_, value)| value.clone()).collect();
                let one = || pairs.iter().rfind(|(key, _)| key == name).map(|(_, value)| Texts::One(value.clone()));
                Ok(if many.is_empty() { one() } else { Some(Texts::Many(many)) })
            }
            Self::Json(fields) => match fields.get(name) {
                None | Some(Value::Null) => Ok(None),
                Some(Value::String(text)) => Ok(Some(Texts::One(text.clone()))),
                Some(Value::Array(list)) => {
                    let texts = list.iter().map(|entry| entry.as_str().map(str::to_owned));
                    Ok(Some(Texts::Many(texts.collect::<Option<_>>().ok_or_else(wrong)?)))
                }
                Some(_) => Err(wrong()),
            },
        }
    }
}

fn is_entry_of(name: &str, key: &str) -> bool {
    let index = key.strip_prefix(name).and_then(|rest| rest.strip_prefix('[')).and_then(|rest| rest.strip_suffix(']'));
    index.is_some_and(|index| index.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(content_type: &str, body: &str, expected: Option<&Texts>) {
        let fields = Fields::parse(content_type, body.as_bytes()).expect("a body");
        assert_eq!(fields.texts("c").expect("a string or a list").as_ref(), expected, "{body}");
    }

    #[test]
    fn strings_and_lists_are_distinguished_in_forms_and_json() {
        let (form, json) = ("application/x-www-form-urlencoded", "application/json");
        let many = Texts::Many(vec!["a".to_owned(), "b".to_owned()]);
        let one = |text: &str| Texts::One(text.to_owned());
        check(form, "c=a%20b&x=1", Some(&one("a b")));
        check(form, "c=a&c=b", Some(&one("b")));
        for list in ["c[]=a&c[]=b", "c%5B0%5D=a&c%5B1%5D=b", "c[0]=a&c[]=b&c=x"] {
            check(form, list, Some(&many));
        }
        check(form, "cc=a&c[x]=b&[c]=d", None);
        check(json, r#"{"c":"a"}"#, Some(&one("a")));
        check(json, r#"{"c":["a","b"]}"#, Some(&many));
        check(json, r#"{"c":null}"#, None);
    }
}
