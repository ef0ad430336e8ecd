//! `DELETE /api/admin/connections/{id}`: closes a connection. Its client does not reconnect by itself; it may connect
//! again, which a ban or a sign-out prevents.
//!
//! The connection is memory of its object and the audit log is in D1, so the two cannot change atomically. The entry is
//! written first, after checking that the connection is open.

use super::asking::{ask, holder};
use super::held_id::HeldId;
use crate::api::admin::only_administrators;
use crate::identity::Caller;
use crate::request::Segment;
use crate::response::{Outcome, done, unexpected};
use campana_core::accounts::audit::Act;
use campana_core::live::{LiveAnswer, LiveQuestion};
use campana_core::shared::problem::Problem;
use serde_json::json;

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<HeldId>) -> Outcome {
    only_administrators(&caller)?;
    let (source, key) = id.parts().ok_or_else(Problem::not_found)?;
    let holder = holder(&caller, source).await?;
    let LiveAnswer::Connection(found) = ask(&caller, &holder, LiveQuestion::Find { key: key.clone() }).await? else {
        return Err(unexpected());
    };
    let about = json!({
        "kind": found.connection.kind,
        "object": holder.source,
        "user_id": found.connection.user_id,
    });
    let audit = caller.audit(Act::ConnectionClosed, &key, about)?;
    caller.store().append_audit(caller.tenant(), &audit).await?;
    ask(&caller, &holder, LiveQuestion::Close { key }).await?;
    Ok(done())
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag};
    operation
        .named("closeConnection", Tag::Administration, "Close a connection")
        .about("Native sockets close with 4403 and Pusher clients with 4009, on which clients do not reconnect by themselves. An event stream ends, and an `EventSource` opens it again.")
        .about("The user may connect again: a ban or a sign-out prevents that.")
        .by(Security::Administrator)
        .done("The connection is closed.");
}
