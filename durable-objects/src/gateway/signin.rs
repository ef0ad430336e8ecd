//! Sign-in: authenticates a socket's user, subscribes it to the user's own channel and to the presence of its
//! watchlist.

use super::Object;
use super::client::{Client, Signed, User, most_attachment_bytes};
use super::order::SignInFailure;
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::code::Code;
use campana_core::pusher::frame::{Fault, issued_at, signed_in, watchlist_events};
use campana_core::pusher::link::WATCH;
use campana_core::pusher::link::{Refusal, Target};
use campana_core::pusher::signature::{Voucher, signin_text};
use campana_core::shared::ids::UserId;
use campana_runtime::retry::with_pauses;
use futures_util::StreamExt;
use std::rc::Rc;

/// Back-off between queries of the record for known users, milliseconds.
const PAUSES_MS: [u32; 3] = [50, 250, 1_000];
/// Watchlist users subscribed to concurrently.
const CONCURRENT_CALLS: usize = 10;

impl Object {
    /// Authenticates the socket's user. Returns the users whose presence it watches from now on.
    pub(super) async fn sign_in(
        self: &Rc<Self>,
        client: &Rc<Client>,
        auth: &str,
        user_data: &str,
    ) -> Result<Vec<UserId>, SignInFailure> {
        let unavailable = || SignInFailure::Fault(Fault::new("Signing in is not possible at the moment"));
        let app = self.app().await.map_err(|_| unavailable())?;
        let signed = signin_text(&client.socket_id, user_data);
        let generation = Voucher::parse(auth).and_then(|voucher| self.generation_of(&app, &signed, &voucher));
        let generation = generation.ok_or(SignInFailure::Close(Code::Unauthorized))?;
        let known = signed_in(user_data).map_err(SignInFailure::Fault)?;
        if known.expires_at_ms.is_some_and(|at| at <= self.context.now().millis()) {
            return Err(SignInFailure::Close(Code::Unauthorized));
        }
        let dated = issued_at(user_data);
        let issued_at_ms = dated.unwrap_or(client.opened_at_ms).min(self.context.now().millis());
        let signed = Signed { issued_at_ms: Some(issued_at_ms), generation: Some(generation) };
        if self.is_revoked(&app, Some(&known.user), signed).await.map_err(|_| unavailable())? {
            // Without a time of issue the signature may be a good one, so that the client may come back for another.
            return Err(SignInFailure::Close(if dated.is_some() { Code::Unauthorized } else { Code::Reconnect }));
        }
        if client.user.borrow().as_ref().is_some_and(|user| user.id != known.user) {
            return Err(SignInFailure::Fault(Fault::new("The socket is signed in as somebody else")));
        }
        self.verified_sign_in(client);
        let channel = ChannelName::of_user(known.user.as_str());
        let listens = self.listen_silently(client, channel, Target::Person(known.user.clone())).await;
        listens.map_err(|_: Refusal| unavailable())?;
        if self.end_if_revoked(client, Some(&known.user), signed) {
            return Err(SignInFailure::Closed);
        }
        self.users_changed([&known.user]);
        *client.user.borrow_mut() = Some(User { id: known.user, expires_at_ms: known.expires_at_ms, signed });
        *client.user_info.borrow_mut() = known.info;
        client.sign_in_by.set(None);
        self.clients.borrow_mut().identified(client);
        client.persist();
        self.arm_for_client(client);
        Ok(known.watchlist)
    }

    /// Subscribes to the presence of these users and sends those who are online.
    pub(super) async fn watch(self: &Rc<Self>, client: &Rc<Client>, people: &[UserId]) {
        let people = self.filter_known(people).await;
        let watched = futures_util::stream::iter(&people).map(|user| async move {
            let channel = ChannelName::trusted(format!("{WATCH}{user}"));
            if !client.has_room_for(most_attachment_bytes(&channel, None)) {
                return None;
            }
            let greeting = self.listen_silently(client, channel, Target::Person(user.clone())).await;
            // The target greets with a frame only if the user is online.
            greeting.is_ok_and(|frames| !frames.is_empty()).then_some(user)
        });
        let online: Vec<Option<&UserId>> = watched.buffered(CONCURRENT_CALLS).collect().await;
        let online: Vec<&UserId> = online.into_iter().flatten().collect();
        if !online.is_empty() {
            client.send(&watchlist_events("online", &online));
        }
    }

    /// Filters out users unknown to the app. Without this, a client could create an object for each id it makes up.
    /// Empty if the record does not answer after all retries.
    async fn filter_known(&self, people: &[UserId]) -> Vec<UserId> {
        let (Some((app_config, _)), Ok(store)) = (self.me(), self.store()) else { return Vec::new() };
        let known = with_pauses(&self.context, &PAUSES_MS, async || {
            let known = store.known_users(&app_config.tenant, people).await;
            known.inspect_err(|error| tracing::warn!(at = "gateway.watch", detail = %error))
        });
        let known = known.await.unwrap_or_default();
        people.iter().filter(|user| known.contains(*user)).cloned().collect()
    }

    /// Closes all sockets of a user: signed in as them, or named by a subscription, also by one that is not answered yet.
    pub(super) fn terminate(self: &Rc<Self>, user: &UserId) -> campana_core::pusher::link::Delivered {
        let clients = self.clients.borrow().all();
        for client in clients.iter().filter(|client| client.is_of(user) || client.is_becoming(user)) {
            self.dismiss(client, Code::Unauthorized);
        }
        campana_core::pusher::link::Delivered {}
    }
}
