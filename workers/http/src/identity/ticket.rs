//! Tickets: for clients that can set neither a header nor a subprotocol. A ticket is valid for one connection within 30
//! s, so a URL with one may appear in logs.

use super::failures::Denied;
use super::{Caller, Haste, admit, apps};
use crate::App;
use crate::response::{Exchange, Refusal};
use base64ct::{Base64UrlUnpadded, Encoding};
use campana_core::accounts::auth_failure::AuthFailure;
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::timestamp::Timestamp;
use sha2::{Digest, Sha256};

const LIFETIME_MS: i64 = 30_000;
/// Random bytes of a ticket.
const TICKET_BYTES: usize = 24;

/// Creates a ticket for the caller; returns it with its expiry.
pub(crate) async fn issue_ticket(caller: &Caller) -> Result<(String, Timestamp), Refusal> {
    let random: [u8; TICKET_BYTES] = caller.app.random()?;
    let ticket = Base64UrlUnpadded::encode_string(&random);
    let expires_at = caller.now().plus_millis(LIFETIME_MS);
    caller.store().create_ticket(&hash(&ticket), &caller.principal, expires_at).await?;
    Ok((ticket, expires_at))
}

/// Redeems a ticket, which removes it. Returns its caller.
pub(super) async fn redeem(app: &App, ticket: &str, exchange: &Exchange) -> Result<Caller, Problem> {
    let used = || Denied::new(AuthFailure::BadTicket, "the ticket is unknown, used or too old").on(exchange);
    let mut bytes = [0; TICKET_BYTES];
    if !Base64UrlUnpadded::decode(ticket, &mut bytes).is_ok_and(|bytes| bytes.len() == TICKET_BYTES) {
        return Err(used());
    }
    let look_up = apps::begin_look_up(app, exchange)?;
    let now = app.now();
    let principal = app.store().take_ticket(&hash(ticket), now).await?.ok_or_else(used)?;
    look_up.found();
    if principal.expires_at_ms <= now.millis() {
        let problem = Problem::new(Kind::TokenExpired, "come back with a new token");
        return Err(Denied::with(AuthFailure::Expired, problem).on(exchange));
    }
    let record = apps::find(app, &principal.tenant, exchange).await?.ok_or_else(used)?;
    exchange.names(&record);
    apps::refuse_demo_secret(app, &record).map_err(|denied| denied.on(exchange))?;
    admit(app, principal, record, exchange, Haste::None).await
}

fn hash(ticket: &str) -> String {
    Base64UrlUnpadded::encode_string(&Sha256::digest(ticket.as_bytes()))
}
