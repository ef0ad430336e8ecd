//! Adapter from [`FileStore`] to R2, and the bodies of large requests.

use axum::body::{Body, Bytes};
use axum::response::Response;
use campana_core::shared::hex::hex;
use campana_core::shared::problem::Problem;
use campana_http::{BoxFuture, ByteStream, FilePart, FileStore, Looked, Pictures, Stored};
use campana_objects::error_message;
use futures_util::{StreamExt, stream};
use js_sys::futures::JsFuture;
use js_sys::{Array, JsString, Promise, Reflect, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use worker::Env;
use worker::send::{SendFuture, SendWrapper};

/// Bytes that are read from a body at once.
const PIECE_BYTES: u32 = 256 * 1024;

#[wasm_bindgen(module = "/js/file_store.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = openBody)]
    fn open_body(stream: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_name = readPiece)]
    fn read_piece(reader: &JsValue, bytes: u32) -> Promise;
    #[wasm_bindgen(catch, js_name = beginPut)]
    fn begin_put(bucket: &JsValue, key: &str, size: Option<f64>) -> Result<Put, JsValue>;
    fn get(bucket: &JsValue, key: &str, offset: f64, length: Option<f64>) -> Promise;
    fn read(bucket: &JsValue, key: &str, offset: f64, length: f64) -> Promise;
    fn look(bucket: &JsValue, images: &JsValue, key: &str, max_pixels: u32) -> Promise;
    #[wasm_bindgen(js_name = sizeOf)]
    fn size_of(bucket: &JsValue, key: &str) -> Promise;
    fn list(bucket: &JsValue, prefix: &str, limit: u32) -> Promise;

    /// A file that is being stored.
    type Put;
    #[wasm_bindgen(method)]
    fn write(this: &Put, piece: &Uint8Array) -> Promise;
    #[wasm_bindgen(method)]
    fn finish(this: &Put) -> Promise;
    #[wasm_bindgen(method)]
    fn abort(this: &Put) -> Promise;

    /// The binding's own methods.
    type Bucket;
    #[wasm_bindgen(method)]
    fn delete(this: &Bucket, keys: &Array) -> Promise;
}

/// The body of a request, read in large pieces.
pub(crate) fn large_body(body: &JsValue) -> Option<Body> {
    let reader = SendWrapper::new(open_body(body).ok()?);
    let pieces = stream::unfold(Some(reader), |reader| {
        SendFuture::new(async move {
            let reader = reader?;
            match JsFuture::from(read_piece(&reader.0, PIECE_BYTES)).await {
                Ok(piece) if piece.is_undefined() => None,
                Ok(piece) => Some((Ok(Bytes::from(Uint8Array::new(&piece).to_vec())), Some(reader))),
                Err(_) => Some((Err(std::io::Error::other("the body broke off")), None)),
            }
        })
    });
    // An upload whose first bytes are looked at may be read on after its end.
    Some(Body::from_stream(pieces.fuse()))
}

/// A bucket of R2.
pub(crate) struct R2(SendWrapper<JsValue>);

impl R2 {
    /// The bucket of the binding `FILES`, if it exists.
    pub(crate) fn new(env: &Env) -> Option<Self> {
        binding(env, "FILES").map(Self)
    }
}

fn binding(env: &Env, name: &str) -> Option<SendWrapper<JsValue>> {
    let found = Reflect::get(env.as_ref(), &JsString::from(name)).ok()?;
    (!found.is_undefined()).then(|| SendWrapper::new(found))
}

/// The images Worker, and the bucket with the pictures.
pub(crate) struct ImagesWorker {
    bucket: SendWrapper<JsValue>,
    images: SendWrapper<JsValue>,
}

impl ImagesWorker {
    /// The Worker of the binding `IMAGES`, if it exists.
    pub(crate) fn new(env: &Env) -> Option<Self> {
        Some(Self { bucket: binding(env, "FILES")?, images: binding(env, "IMAGES")? })
    }
}

impl Pictures for ImagesWorker {
    fn look<'a>(&'a self, key: &'a str, max_pixels: u32) -> BoxFuture<'a, Looked> {
        Box::pin(SendFuture::new(async move {
            let answer = match JsFuture::from(look(&self.bucket.0, &self.images.0, key, max_pixels)).await {
                Ok(answer) => answer,
                Err(error) => {
                    tracing::warn!(at = "edge.images", detail = error_message(&error));
                    return Looked::Failed;
                }
            };
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a status of three digits")]
            match answer.as_f64().map(|status| status as u16) {
                None => Looked::Seen(Uint8Array::new(&answer).to_vec()),
                Some(503) => Looked::Busy,
                Some(415 | 422) => Looked::Corrupt,
                Some(status) => {
                    tracing::warn!(at = "edge.images", status);
                    Looked::Failed
                }
            }
        }))
    }
}

/// Waits for a promise of the store.
async fn of_store(promise: Promise) -> Result<JsValue, Problem> {
    JsFuture::from(promise).await.map_err(|error| silent(&error))
}

fn silent(error: &JsValue) -> Problem {
    tracing::error!(at = "edge.file_store", detail = error_message(error));
    Problem::unavailable("the file store did not answer")
}

#[expect(clippy::cast_precision_loss, reason = "numbers of bytes are far below 2^53")]
fn number(bytes: u64) -> f64 {
    bytes as f64
}

impl FileStore for R2 {
    fn put<'a>(
        &'a self,
        key: &'a str,
        size: Option<u64>,
        mut bytes: ByteStream,
    ) -> BoxFuture<'a, Result<Stored, Problem>> {
        Box::pin(SendFuture::new(async move {
            let put = begin_put(&self.0.0, key, size.map(number)).map_err(|error| silent(&error))?;
            let mut count = 0_u64;
            while let Some(piece) = bytes.next().await {
                let written = match piece {
                    Ok(piece) => {
                        count = count.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
                        of_store(put.write(&Uint8Array::from(&*piece))).await.map(drop)
                    }
                    Err(problem) => Err(problem),
                };
                if let Err(problem) = written {
                    let _nothing_is_stored = JsFuture::from(put.abort()).await;
                    return Err(problem);
                }
            }
            let digest = match of_store(put.finish()).await {
                Ok(digest) => Uint8Array::new(&digest).to_vec(),
                Err(problem) => {
                    let _nothing_is_stored = JsFuture::from(put.abort()).await;
                    return Err(problem);
                }
            };
            Ok(Stored { size: count, sha256: hex(&digest) })
        }))
    }

    fn get<'a>(&'a self, key: &'a str, part: Option<FilePart>) -> BoxFuture<'a, Result<Option<Response>, Problem>> {
        Box::pin(SendFuture::new(async move {
            let (offset, length) = match part {
                Some(FilePart { first, last }) => (first, Some(last.saturating_sub(first).saturating_add(1))),
                None => (0, None),
            };
            let found = of_store(get(&self.0.0, key, number(offset), length.map(number))).await?;
            if found.is_undefined() {
                return Ok(None);
            }
            let response: web_sys::Response = found.unchecked_into();
            let relayed = crate::http::relay(response);
            relayed.map(Some).map_err(|error| silent(&JsValue::from_str(&error.to_string())))
        }))
    }

    fn read<'a>(&'a self, key: &'a str, part: FilePart) -> BoxFuture<'a, Result<Option<Vec<u8>>, Problem>> {
        Box::pin(SendFuture::new(async move {
            let length = part.last.saturating_sub(part.first).saturating_add(1);
            let found = of_store(read(&self.0.0, key, number(part.first), number(length))).await?;
            Ok((!found.is_undefined()).then(|| Uint8Array::new(&found).to_vec()))
        }))
    }

    fn size<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<u64>, Problem>> {
        Box::pin(SendFuture::new(async move {
            let size = of_store(size_of(&self.0.0, key)).await?.as_f64();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of bytes")]
            Ok(size.map(|size| size as u64))
        }))
    }

    fn list<'a>(&'a self, prefix: &'a str, limit: u32) -> BoxFuture<'a, Result<Vec<String>, Problem>> {
        Box::pin(SendFuture::new(async move {
            let keys = Array::from(&of_store(list(&self.0.0, prefix, limit)).await?);
            Ok(keys.iter().filter_map(|key| key.as_string()).collect())
        }))
    }

    fn delete<'a>(&'a self, keys: &'a [String]) -> BoxFuture<'a, Result<(), Problem>> {
        Box::pin(SendFuture::new(async move {
            let all: Array = keys.iter().map(|key| JsValue::from_str(key)).collect();
            let bucket: &Bucket = self.0.0.unchecked_ref();
            of_store(bucket.delete(&all)).await.map(drop)
        }))
    }
}
