//! R2 as the store of uploaded files, and the bodies of requests.

use crate::log::error_message;
use campana_core::shared::hex::hex;
use campana_core::shared::problem::Problem;
use campana_runtime::files::{BrokeOff, FileParts, Incoming, PartsOf};
use futures_util::future::LocalBoxFuture;
use futures_util::stream;
use js_sys::futures::JsFuture;
use js_sys::{Array, JsString, Promise, Reflect, Uint8Array};
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::{Env, Request};

/// Most bytes that are read from a body at once.
const PIECE_BYTES: u32 = 256 * 1024;

#[wasm_bindgen(module = "/js/file_parts.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = openBody)]
    fn open_body(stream: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_name = readSome)]
    fn read_some(reader: &JsValue, bytes: u32) -> Promise;
    #[wasm_bindgen(js_name = beginParts)]
    fn begin_parts(bucket: &JsValue, key: &str) -> Promise;
    #[wasm_bindgen(js_name = putPart)]
    fn put_part(bucket: &JsValue, key: &str, id: &str, number: u32, bytes: &Uint8Array) -> Promise;
    fn complete(bucket: &JsValue, key: &str, id: &str, tags: &Array) -> Promise;
    fn abandon(bucket: &JsValue, key: &str, id: &str) -> Promise;
    fn put(bucket: &JsValue, key: &str, bytes: &Uint8Array) -> Promise;
    fn read(bucket: &JsValue, key: &str) -> Promise;
    fn hash(bucket: &JsValue, key: &str) -> Promise;
    fn remove(bucket: &JsValue, key: &str) -> Promise;
}

/// The body of a request, in pieces as they arrive.
pub(crate) fn body_of(request: &Request) -> Incoming {
    let body = request.inner().body().map_or(JsValue::UNDEFINED, Into::into);
    // A body that was opened before cannot be opened again, which reads as one that broke off.
    let reader = open_body(&body).map_err(|_| BrokeOff);
    Box::pin(stream::unfold(Some(reader), |reader| async move {
        let reader = match reader? {
            Ok(reader) if reader.is_undefined() => return None,
            Ok(reader) => reader,
            Err(broke_off) => return Some((Err(broke_off), None)),
        };
        match JsFuture::from(read_some(&reader, PIECE_BYTES)).await {
            Ok(piece) if piece.is_undefined() => None,
            Ok(piece) => Some((Ok(Uint8Array::new(&piece).to_vec()), Some(Ok(reader)))),
            Err(_) => Some((Err(BrokeOff), None)),
        }
    }))
}

/// A bucket of R2.
struct Bucket(JsValue);

/// The bucket of the binding `FILES`. 503 if there is none.
pub(crate) fn bucket(env: &Env) -> Result<Rc<dyn FileParts>, Problem> {
    let bucket = Reflect::get(env.as_ref(), &JsString::from("FILES")).unwrap_or_default();
    if bucket.is_undefined() {
        return Err(Problem::unavailable("this deployment stores no files: the binding FILES is missing"));
    }
    Ok(Rc::new(Bucket(bucket)))
}

/// What `read` makes of the store's answer.
fn answer<T: 'static>(
    promise: Promise,
    read: impl FnOnce(JsValue) -> Option<T> + 'static,
) -> LocalBoxFuture<'static, Result<T, Problem>> {
    Box::pin(async move {
        let silent = |error: JsValue| {
            tracing::error!(at = "object.file_parts", detail = error_message(&error));
            Problem::unavailable("the file store did not answer")
        };
        let answer = JsFuture::from(promise).await.map_err(silent)?;
        read(answer).ok_or_else(|| silent(JsValue::from_str("the answer cannot be read")))
    })
}

impl FileParts for Bucket {
    fn begin(&self, key: String) -> LocalBoxFuture<'static, Result<PartsOf, Problem>> {
        answer(begin_parts(&self.0, &key), |id| Some(PartsOf { key, id: id.as_string()? }))
    }

    fn put_part(
        &self,
        parts: PartsOf,
        number: u32,
        bytes: Vec<u8>,
    ) -> LocalBoxFuture<'static, Result<String, Problem>> {
        let tag = put_part(&self.0, &parts.key, &parts.id, number, &Uint8Array::from(&*bytes));
        answer(tag, |tag| tag.as_string())
    }

    fn complete(&self, parts: PartsOf, tags: Vec<String>) -> LocalBoxFuture<'static, Result<(), Problem>> {
        let tags: Array = tags.iter().map(|tag| JsValue::from_str(tag)).collect();
        answer(complete(&self.0, &parts.key, &parts.id, &tags), |_| Some(()))
    }

    fn abandon(&self, parts: PartsOf) -> LocalBoxFuture<'static, Result<(), Problem>> {
        answer(abandon(&self.0, &parts.key, &parts.id), |_| Some(()))
    }

    fn put(&self, key: String, bytes: Vec<u8>) -> LocalBoxFuture<'static, Result<(), Problem>> {
        answer(put(&self.0, &key, &Uint8Array::from(&*bytes)), |_| Some(()))
    }

    fn read(&self, key: String) -> LocalBoxFuture<'static, Result<Option<Vec<u8>>, Problem>> {
        answer(read(&self.0, &key), |bytes| Some((!bytes.is_undefined()).then(|| Uint8Array::new(&bytes).to_vec())))
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of bytes")]
    fn hash(&self, key: String) -> LocalBoxFuture<'static, Result<Option<(u64, String)>, Problem>> {
        answer(hash(&self.0, &key), |found| {
            if found.is_undefined() {
                return Some(None);
            }
            let found = Array::from(&found);
            let digest = Uint8Array::new(&found.get(1)).to_vec();
            Some(Some((found.get(0).as_f64()? as u64, hex(&digest))))
        })
    }

    fn delete(&self, key: String) -> LocalBoxFuture<'static, Result<(), Problem>> {
        answer(remove(&self.0, &key), |_| Some(()))
    }
}
