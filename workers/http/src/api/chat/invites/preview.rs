//! `GET /api/chat/invites/{token}`: preview of an invite before it is accepted.

use super::{Name, held};
use crate::App;
use crate::identity::Caller;
use crate::request::Segment;
use crate::response::{Outcome, ok};
use axum::extract::State;

pub(crate) async fn handle(State(app): State<App>, caller: Caller, Segment(name): Segment<Name>) -> Outcome {
    let view = held(&app, &caller, &name).await?;
    if view.my_role.is_none() {
        view.invite.check(app.now())?;
    }
    ok(&view.card())
}
