//! Adapter from [`Uploads`] to Durable Objects: one object per upload.

use crate::call::{ask, silent};
use crate::http::RawBody;
use axum::extract::Request;
use campana_core::files::resumable::{BeginUpload, OfUpload, UploadState, WriteUpload};
use campana_core::shared::json::read_stored;
use campana_core::shared::problem::Problem;
use campana_http::{BoxFuture, Uploads};
use wasm_bindgen::JsValue;
use worker::send::SendFuture;
use worker::{Env, Headers, Method, ObjectNamespace, RequestInit, Result};

/// Namespace of the objects.
pub(crate) struct DurableUploads {
    uploads: ObjectNamespace,
}

impl DurableUploads {
    /// Reads the binding of wrangler.toml.
    pub(crate) fn new(env: &Env) -> Result<Self> {
        Ok(Self { uploads: env.durable_object("RESUMABLE_UPLOAD")? })
    }

    /// Passes the body on as the stream that it is.
    async fn send(
        &self,
        write: &WriteUpload,
        body: Option<RawBody>,
    ) -> Result<std::result::Result<UploadState, Problem>> {
        let headers = Headers::new();
        let text = js_sys::encode_uri_component(&serde_json::to_string(write)?);
        headers.set(WriteUpload::HEADER, &String::from(text))?;
        let mut init = RequestInit::new();
        let body: Option<JsValue> = body.map(|body| body.into_stream().into());
        init.with_method(Method::Patch).with_headers(headers).with_body(body);
        let request = worker::Request::new_with_init("http://object/write", &init)?;
        let mut response = self.uploads.get_by_name(&write.of.object_name())?.fetch_with_request(request).await?;
        Ok(read_stored(&response.text().await?)?)
    }
}

impl Uploads for DurableUploads {
    fn begin(&self, begin: BeginUpload) -> BoxFuture<'_, std::result::Result<UploadState, Problem>> {
        ask(&self.uploads, begin.of.object_name(), "begin", begin, None)
    }

    fn read(&self, of: OfUpload) -> BoxFuture<'_, std::result::Result<UploadState, Problem>> {
        ask(&self.uploads, of.object_name(), "read", of, None)
    }

    fn write(
        &self,
        write: WriteUpload,
        mut request: Request,
    ) -> BoxFuture<'_, std::result::Result<UploadState, Problem>> {
        let body = request.extensions_mut().remove::<RawBody>();
        Box::pin(SendFuture::new(async move {
            self.send(&write, body).await.unwrap_or_else(|error| Err(silent(&error, None)))
        }))
    }

    fn end(&self, of: OfUpload) -> BoxFuture<'_, std::result::Result<UploadState, Problem>> {
        ask(&self.uploads, of.object_name(), "end", of, None)
    }
}
