//! `GET /api/chat/invites/{token}`: preview of an invite before it is accepted.

use super::{Name, held};
use crate::identity::Caller;
use crate::request::Segment;
use crate::response::{Outcome, ok};

pub(crate) async fn handle(caller: Caller, Segment(name): Segment<Name>) -> Outcome {
    let view = held(&caller, &name).await?;
    if view.my_role.is_none() {
        view.invite.check(caller.now())?;
    }
    ok(&view.card())
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    use campana_core::shared::problem::Kind;
    operation
        .named("previewInvite", Tag::Invites, "Preview an invite")
        .refuses(&[Kind::InviteUsedUp, Kind::InviteExpired, Kind::InviteRevoked, Kind::InviteDeclined])
        .answers::<campana_storage::InviteCard<'_>>(200, "The invite.", examples::invite_card());
}
