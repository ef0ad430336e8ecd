//! Revoked identities of sockets.
//!
//! Signatures of `/broadcasting/auth` and `/broadcasting/user-auth` contain when the identity was issued. Those of an
//! app's own backend do not: they were made for this socket, so they count as issued when it opened. A socket that is
//! older than a revocation then reconnects and has to be signed for again, by a backend that knows of the sign-out.

use super::Object;
use super::client::{Client, Signed};
use campana_core::accounts::revocation::{Identity, Revocation, SigningKey, Subject};
use campana_core::pusher::code::Code;
use campana_core::pusher::link::Refusal;
use campana_core::shared::ids::UserId;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_storage::App;
use std::rc::Rc;

/// Code with which a revocation closes sockets.
const fn code_of(revocation: &Revocation) -> Code {
    match &revocation.subject {
        Subject::App => Code::AppDisabled,
        // Clients reconnect and are signed for with the present secret.
        Subject::Key(_) => Code::Reconnect,
        Subject::User(_) => Code::Unauthorized,
    }
}

impl Client {
    /// The identities that the socket depends on: its own, without a user; the signed-in user; those of its signed
    /// subscriptions.
    fn any_identity(&self, is_ended: impl Fn(Identity<'_>) -> bool) -> bool {
        let opened_at = Some(Timestamp::from_millis(self.opened_at_ms));
        if is_ended(Identity { user: None, key: SigningKey::KeySet, issued_at: opened_at }) {
            return true;
        }
        if self.user.borrow().as_ref().is_some_and(|user| is_ended(user.signed.identity(Some(&user.id)))) {
            return true;
        }
        let subscriptions = self.subscriptions.borrow();
        let mut signed = subscriptions.iter().filter(|(channel, _)| channel.needs_signature());
        signed.any(|(_, it)| is_ended(it.signed.identity(it.listener.as_ref().map(|listener| &listener.user))))
    }
}

impl Object {
    /// Closes the sockets that revocations end.
    pub(super) fn end_revoked(self: &Rc<Self>, revocations: &[Revocation]) {
        let news = self.reporter.revocations.learn(revocations);
        if news.is_empty() {
            return;
        }
        let clients = self.clients.borrow().all();
        for client in clients {
            let ended = news.iter().find(|revocation| client.any_identity(|identity| revocation.ends(identity)));
            if let Some(revocation) = ended {
                self.dismiss(&client, code_of(revocation));
            }
        }
    }

    /// Closes a socket whose new identity was revoked while its target was asked. Returns whether it did.
    pub(super) fn end_if_revoked(self: &Rc<Self>, client: &Rc<Client>, user: Option<&UserId>, signed: Signed) -> bool {
        let revocation = self.reporter.revocations.find(signed.identity(user));
        if let Some(revocation) = &revocation {
            self.dismiss(client, code_of(revocation));
        }
        revocation.is_some()
    }

    /// Whether the identity of a signature was revoked.
    pub(super) async fn is_revoked(&self, app: &App, user: Option<&UserId>, signed: Signed) -> Result<bool, Problem> {
        let identity = signed.identity(user);
        if self.reporter.revocations.find(identity).is_some() || app.revocations.ends(identity, self.context.now()) {
            return Ok(true);
        }
        let Some(user) = user.filter(|_| !app.revocations.covers_since(identity.issued_at)) else { return Ok(false) };
        let revocation = self.store()?.revocation_of_user(&app.tenant_id, user).await?;
        Ok(revocation.is_some_and(|revocation| revocation.ends(identity)))
    }

    /// The refusal of a subscription whose identity was revoked. If its signature has no time of issue, the socket
    /// closes, so that the client reconnects and asks for another signature.
    pub(super) fn refuse_revoked(self: &Rc<Self>, client: &Rc<Client>, is_dated: bool) -> Refusal {
        if !is_dated {
            self.dismiss(client, Code::Reconnect);
        }
        Refusal { status: 401, ..Refusal::forbidden(Revocation::DETAIL) }
    }
}
