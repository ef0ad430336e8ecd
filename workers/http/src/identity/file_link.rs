//! Readers of files: callers with a token, or with a signed link to one file.

use super::Haste;
use super::failures::Denied;
use super::{Caller, apps, by_header, rates, revocations};
use crate::App;
use crate::response::{Exchange, Refusal};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use campana_core::accounts::auth_failure::AuthFailure;
use campana_core::accounts::principal::Principal;
use campana_core::files::link::{Link, Unverified};
use campana_core::files::scan::ScanLink;
use campana_core::shared::ids::{FileId, TenantId};
use campana_core::shared::problem::{Kind, Problem};

/// Parameter of the query with a link.
const LINK: &str = "link";

/// A person who reads a file.
#[derive(Debug)]
pub(crate) struct FileReader {
    caller: Caller,
    /// The only file, for a link.
    file: Option<FileId>,
}

impl FileReader {
    /// The reader of this file. 404 if their link is of another one.
    pub(crate) fn of(&self, file: &FileId) -> Result<&Caller, Problem> {
        let is_of = self.file.as_ref().is_none_or(|linked| linked == file);
        if is_of { Ok(&self.caller) } else { Err(Problem::not_found()) }
    }
}

impl FromRequestParts<App> for FileReader {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let exchange = parts.extensions.get::<Exchange>().cloned().unwrap_or_default();
        let query = parts.uri.query().unwrap_or_default();
        let link = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == LINK);
        let read = match &link {
            Some((_, text)) => by_link(app, text, &exchange).await,
            None => {
                by_header(app, &parts.headers, &exchange, Haste::None).await.map(|caller| Self { caller, file: None })
            }
        };
        match read {
            Ok(reader) => Ok(reader),
            Err(problem) => Err(rates::count_failure(app, &exchange, problem).await.into()),
        }
    }
}

/// The scanner of an app, which reads one file by the address that it was sent.
#[derive(Debug)]
pub(crate) struct ScannerReader {
    app: App,
    tenant: TenantId,
    file: FileId,
}

impl ScannerReader {
    /// The tenant of this file. 404 if the address is of another one.
    pub(crate) fn of(&self, file: &FileId) -> Result<(&App, &TenantId), Problem> {
        if self.file == *file { Ok((&self.app, &self.tenant)) } else { Err(Problem::not_found()) }
    }
}

impl FromRequestParts<App> for ScannerReader {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let exchange = parts.extensions.get::<Exchange>().cloned().unwrap_or_default();
        let query = parts.uri.query().unwrap_or_default();
        let link = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == LINK);
        let text = link.map(|(_, text)| text).unwrap_or_default();
        match by_scan_link(app, &text, &exchange).await {
            Ok(reader) => Ok(reader),
            Err(problem) => Err(rates::count_failure(app, &exchange, problem).await.into()),
        }
    }
}

/// Authenticates the scanner that an address was sent to.
async fn by_scan_link(app: &App, text: &str, exchange: &Exchange) -> Result<ScannerReader, Problem> {
    let denied = || Denied::new(AuthFailure::BadTicket, "the address is not genuine, or has ended").on(exchange);
    let unverified = Unverified::<ScanLink>::read(text).ok_or_else(denied)?;
    let record = apps::find(app, unverified.tenant(), exchange).await?.ok_or_else(denied)?;
    exchange.names(&record);
    let link = unverified.verify(apps::good_secrets(app, &record), app.now()).ok_or_else(denied)?;
    if record.disabled {
        exchange.denied(AuthFailure::DisabledApp);
        return Err(Problem::new(Kind::Forbidden, "this app is disabled"));
    }
    rates::count_app(app, &record).await?;
    Ok(ScannerReader { app: app.clone(), tenant: link.tenant, file: link.file })
}

/// Authenticates the person of a link, who was recorded when they asked for it.
async fn by_link(app: &App, text: &str, exchange: &Exchange) -> Result<FileReader, Problem> {
    let denied = || Denied::new(AuthFailure::BadTicket, "the link is not genuine, or has ended").on(exchange);
    let unverified = Unverified::<Link>::read(text).ok_or_else(denied)?;
    let record = apps::find(app, unverified.tenant(), exchange).await?.ok_or_else(denied)?;
    exchange.names(&record);
    let link = unverified.verify(apps::good_secrets(app, &record), app.now()).ok_or_else(denied)?;
    let Link { tenant, user, file, expires_at_ms, issued_at_ms, signed_with } = link;
    let principal = Principal {
        tenant,
        user_id: user,
        name: String::new(),
        avatar: None,
        admin: false,
        permissions: Vec::new(),
        groups: Vec::new(),
        issued_at_ms,
        signed_with,
        expires_at_ms,
    };
    if record.disabled {
        exchange.denied(AuthFailure::DisabledApp);
        return Err(Problem::new(Kind::Forbidden, "this app is disabled"));
    }
    revocations::check(app, &principal, &record).await.map_err(|denied| denied.on(exchange))?;
    rates::count(app, &principal, &record, exchange).await?;
    let request_id = exchange.request_id().map(str::to_owned);
    let caller = Caller { app: app.clone(), principal, record, request_id, socket: None };
    Ok(FileReader { caller, file: Some(file) })
}
