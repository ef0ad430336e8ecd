//! `POST /broadcasting/user-auth`: signs the identity of a client. `watchlist` lists users whose online and offline
//! events it wants; users unknown to the tenant are left out.

use super::described::user_data;
use super::fields::{Fields, Texts};
use crate::identity::Caller;
use crate::response::{Outcome, Refusal, ok};
use campana_core::pusher::frame::MAX_WATCHLIST;
use campana_core::pusher::signature::{sign, signin_text};
use campana_core::shared::ids::UserId;
use campana_core::shared::problem::{Kind, Problem};
use serde::Serialize;

/// A signed identity.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "SignedUser"))]
struct Signed {
    auth: String,
    user_data: String,
}

/// A user to sign for a socket.
#[cfg(feature = "schema")]
#[derive(schemars::JsonSchema)]
#[schemars(rename = "SignInDraft")]
#[expect(dead_code, reason = "used only for its schema")]
struct Asking {
    /// Id of the client's socket.
    socket_id: String,
    /// Users whose online and offline events the client wants: at most 100, `watchlist[]` in a form.
    watchlist: Option<Vec<String>>,
}

pub(super) async fn handle(caller: Caller, fields: Fields) -> Outcome {
    let socket = fields.socket()?;
    let watchlist = watchlist(&fields)?;
    if caller.record.secret.is_empty() {
        return Err(Problem::new(Kind::Forbidden, "the app has no secret to sign with").into());
    }
    let watchlist = match watchlist {
        Some(people) => Some(known(&caller, people).await?),
        None => None,
    };
    let user_data = user_data(&caller.record, &caller.principal, watchlist.as_deref());
    let signature = sign(&caller.record.secret, &signin_text(&socket, &user_data));
    ok(&Signed { auth: format!("{}:{signature}", caller.record.key), user_data })
}

fn watchlist(fields: &Fields) -> Result<Option<Vec<UserId>>, Problem> {
    let wrong = || Problem::field("watchlist", format!("is not a list of at most {MAX_WATCHLIST} ids"));
    match fields.texts("watchlist")? {
        None => Ok(None),
        Some(Texts::Many(ids)) if ids.len() <= MAX_WATCHLIST => {
            ids.iter().map(|id| UserId::parse(id)).collect::<Option<_>>().map(Some).ok_or_else(wrong)
        }
        Some(_) => Err(wrong()),
    }
}

/// The users known to the tenant, in order. Unknown users can never come online.
async fn known(caller: &Caller, people: Vec<UserId>) -> Result<Vec<UserId>, Refusal> {
    let known = caller.store().known_users(caller.tenant(), &people).await?;
    Ok(people.into_iter().filter(|user| known.contains(user)).collect())
}

#[cfg(feature = "schema")]
pub(super) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    use serde_json::json;
    operation
        .named("authorizeUser", Tag::PusherClients, "Sign the identity of a client")
        .about("For `pusher:signin`. Unknown fields are ignored.")
        .body::<Asking>(true)
        .form()
        .sends(json!({"socket_id": "123.456", "watchlist": ["8"]}))
        .answers::<Signed>(
            200,
            "The signature.",
            json!({
                "auth": "demo-key:3f1c9b7a",
                "user_data": "{\"id\":\"7\",\"user_info\":{\"id\":\"7\",\"name\":\"Ana\"},\"watchlist\":[\"8\"]}",
            }),
        );
}
