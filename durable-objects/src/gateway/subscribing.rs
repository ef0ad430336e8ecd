//! Subscriptions begin and end.

use super::Object;
use super::client::{Client, Over, Pending, Subscription};
use crate::platform;
use campana_core::pusher::channel::{ChannelKind, ChannelName};
use campana_core::pusher::frame::{self, Fault, listener, subscription_error, subscription_succeeded};
use campana_core::pusher::link::{Answer, Call, Listener, Refusal, Target};
use campana_core::pusher::signature::{Voucher, subscription_text};
use campana_core::shared::problem::{Kind, Problem};
use js_sys::JsString;
use std::rc::Rc;

impl Object {
    /// A client wants to listen. What is wrong with the wish itself is the fault; a refusal is told on the channel.
    pub(super) async fn subscribe(
        self: &Rc<Self>,
        client: &Rc<Client>,
        wish: frame::Subscription,
    ) -> Result<(), Fault> {
        let channel = wish.channel.clone();
        let is_over = |pending: &Pending| pending.over.is_some();
        if client.pending.borrow().get(&channel).is_some_and(is_over) {
            // Out and in again before the answer to the first time.
            client.answered(&channel).await;
        }
        if channel.kind() == ChannelKind::ServerToUser && client.listens(&channel) {
            // Taken in when the user signed in.
            client.send(&subscription_succeeded(&channel, "{}"));
            return Ok(());
        }
        if client.listens(&channel) || client.pending.borrow().contains_key(&channel) {
            return Err(Fault::new(format!("Existing subscription to channel {channel}")));
        }
        self.begin(client, &channel);
        // The platform hands in a socket's frames one after the other: what it asks for next need not wait for this.
        let (object, client) = (Rc::clone(self), Rc::clone(client));
        self.state.wait_until(async move {
            let outcome = object.ask(&client, wish).await;
            object.conclude(&client, &channel, outcome);
        });
        Ok(())
    }

    /// From here on frames for the channel are kept until the answer says which of them are for this socket.
    fn begin(&self, client: &Client, channel: &ChannelName) {
        // A socket may have been closed while this frame of it was being followed.
        let is_gone = self.clients.borrow().get(client.id).is_none();
        let pending = Pending { over: is_gone.then_some(Over::Unsubscribed), ..Pending::default() };
        client.pending.borrow_mut().insert(channel.clone(), pending);
        self.clients.borrow_mut().waits(channel, client.id);
    }

    /// The answer is there.
    fn end(&self, client: &Client, channel: &ChannelName) -> Option<Pending> {
        self.clients.borrow_mut().waits_no_more(channel, client.id);
        client.pending.borrow_mut().remove(channel)
    }

    async fn ask(
        self: &Rc<Self>,
        client: &Rc<Client>,
        wish: frame::Subscription,
    ) -> Result<(Subscription, Answer), Refusal> {
        let listener = self.verify(client, &wish).await?;
        let limit = usize::try_from(self.pusher().channels_per_socket).unwrap_or(usize::MAX);
        // The one that is being asked for counts among those that wait. Those of a watchlist the client did not ask for.
        let listened_to = {
            let (subscriptions, pending) = (client.subscriptions.borrow(), client.pending.borrow());
            subscriptions.keys().chain(pending.keys()).filter(|channel| !channel.is_inner()).count()
        };
        if listened_to > limit || !client.has_room_for(&wish.channel, listener.as_ref()) {
            return Err(Refusal::limit(format!(
                "a socket listens to at most {limit} channels, fewer if names are long"
            )));
        }
        let user = listener.as_ref().map(|listener| listener.user.clone());
        let target = self.target_now(&wish.channel, user.as_ref()).await?;
        if let Some(pending) = client.pending.borrow_mut().get_mut(&wish.channel) {
            pending.user = user;
            pending.target = Some(target.clone());
        }
        let answer = match self.take_in_unreported(&target, &wish.channel).await {
            Some(answer) => answer,
            None => self.report(client, &target, &wish.channel, listener.as_ref()).await,
        };
        Ok((Subscription { target, listener, from: 0 }, answer))
    }

    /// Tells the object that a channel belongs to of somebody who wants to listen.
    async fn report(
        self: &Rc<Self>,
        client: &Client,
        target: &Target,
        channel: &ChannelName,
        listener: Option<&Listener>,
    ) -> Answer {
        let (channel, listener) = (channel.clone(), listener.cloned());
        let call = Call::Subscribe { channel, socket: client.socket_id.clone(), listener };
        let answer = self.call(target, call).await;
        if matches!(answer, Answer::Subscribed { .. }) {
            // Should this not be kept, the target is told of a loss only when it asks.
            let _reported = self.keep_target(target);
        }
        answer
    }

    /// Who listens, if the wish is signed as it has to be.
    async fn verify(self: &Rc<Self>, client: &Client, wish: &frame::Subscription) -> Result<Option<Listener>, Refusal> {
        let channel = &wish.channel;
        if channel.kind() == ChannelKind::ServerToUser {
            return Err(Refusal::forbidden("only the signed-in user listens here"));
        }
        if !channel.needs_signature() {
            return Ok(None);
        }
        let unauthorized = |why: &str| Refusal { status: 401, ..Refusal::forbidden(why) };
        let auth = wish.auth.as_deref().ok_or_else(|| unauthorized("this channel needs a signature"))?;
        let app = self.app().await?;
        let misfit = || unauthorized("the signature does not fit this socket and channel");
        let voucher = Voucher::parse(auth).ok_or_else(misfit)?;
        let channel_data = wish.channel_data.as_deref().or(voucher.channel_data.as_deref());
        let signed = subscription_text(&client.socket_id, channel, channel_data);
        if !self.is_signed(&app, &signed, &voucher) {
            return Err(misfit());
        }
        if app.disabled {
            return Err(Refusal::forbidden("this app is disabled"));
        }
        let named = channel_data.map(listener).transpose();
        let named = match named {
            Ok(named) => named.or_else(|| signed_in(client)),
            // What backends sign along for private channels is theirs.
            Err(_) if !channel.is_presence() => None,
            Err(fault) => return Err(Refusal { status: 422, ..Refusal::forbidden(fault.message) }),
        };
        if channel.is_presence() && named.is_none() {
            return Err(Refusal {
                status: 422,
                ..Refusal::forbidden("a presence channel needs channel_data with a user_id")
            });
        }
        if named.as_ref().and_then(|named| named.expires_at_ms).is_some_and(|at| at <= platform::now().millis()) {
            return Err(unauthorized("the identity that this was signed for has ended"));
        }
        Ok(named)
    }

    /// The answer is there: the client listens, unless it or somebody else does not want that any more.
    fn conclude(
        self: &Rc<Self>,
        client: &Rc<Client>,
        channel: &ChannelName,
        outcome: Result<(Subscription, Answer), Refusal>,
    ) {
        let Some(pending) = self.end(client, channel) else { return };
        let is_over = pending.over.is_some();
        if let Some(Over::Dropped(text)) = &pending.over {
            client.send(text);
        }
        match outcome {
            Ok((subscription, Answer::Subscribed { .. })) if is_over => {
                self.tell_of_leaving(channel.clone(), subscription);
            }
            Ok((subscription, Answer::Subscribed { from, data, then })) => {
                self.listens(client, channel, Subscription { from, ..subscription });
                client.send(&subscription_succeeded(channel, &data));
                for text in then {
                    client.send(&text);
                }
                client.catch_up(&pending, from);
            }
            Ok((_, Answer::Refused(refusal))) | Err(refusal) if !is_over => client.send(&error(channel, &refusal)),
            // Nobody waits for it any more.
            Ok((_, Answer::Refused(_) | Answer::Done)) | Err(_) => {}
        }
    }

    /// A client listens from now on.
    pub(super) fn listens(self: &Rc<Self>, client: &Rc<Client>, channel: &ChannelName, subscription: Subscription) {
        self.whose_is_changed(subscription.listener.as_ref().map(|listener| &listener.user));
        self.clients.borrow_mut().listen(client, channel, subscription);
        client.persist();
        self.arm_for_clients();
    }

    /// A client listens no longer, or not at all: to what it does not listen to it says so in vain.
    pub(super) fn unsubscribe(self: &Rc<Self>, client: &Rc<Client>, channel: &ChannelName) {
        if channel.kind() == ChannelKind::ServerToUser {
            // The user is signed in as long as the socket is open.
            return;
        }
        if let Some(pending) = client.pending.borrow_mut().get_mut(channel) {
            pending.over = Some(Over::Unsubscribed);
        }
        self.stop_listening(client, channel);
    }

    /// Ends a subscription. Whether there was one.
    pub(super) fn stop_listening(self: &Rc<Self>, client: &Rc<Client>, channel: &ChannelName) -> bool {
        let stopped = self.clients.borrow_mut().stop_listening(client, channel);
        let Some(subscription) = stopped else { return false };
        client.persist();
        self.whose_is_changed(subscription.listener.as_ref().map(|listener| &listener.user));
        self.tell_of_leaving(channel.clone(), subscription);
        true
    }

    /// The object that the channel belongs to hears that a socket has left, if it knew of it.
    pub(super) fn tell_of_leaving(self: &Rc<Self>, channel: ChannelName, subscription: Subscription) {
        let Subscription { target, listener, .. } = subscription;
        if target.is_public_channel() && !self.is_told(&target) {
            return;
        }
        self.tell(&target, Call::Unsubscribe { channel, listener });
    }

    /// Listens on behalf of the gateway's own doings, silently.
    pub(super) async fn listen_silently(
        self: &Rc<Self>,
        client: &Rc<Client>,
        channel: ChannelName,
        target: Target,
    ) -> Result<Vec<String>, Refusal> {
        if client.listens(&channel) || client.pending.borrow().contains_key(&channel) {
            return Ok(Vec::new());
        }
        self.begin(client, &channel);
        let answer = self.report(client, &target, &channel, None).await;
        let pending = self.end(client, &channel).unwrap_or_default();
        let subscription = Subscription { target, listener: None, from: 0 };
        match answer {
            Answer::Subscribed { .. } if pending.over.is_some() => {
                self.tell_of_leaving(channel, subscription);
                Ok(Vec::new())
            }
            Answer::Subscribed { from, then, .. } => {
                self.listens(client, &channel, Subscription { from, ..subscription });
                client.catch_up(&pending, from);
                Ok(then)
            }
            Answer::Refused(refusal) => Err(refusal),
            Answer::Done => Err(Problem::new(Kind::Internal, "the answer is of another kind").into()),
        }
    }

    /// Keeps a frame for those whose subscription has not been answered yet. Who is overrun has to come back.
    pub(super) fn keep_early(self: &Rc<Self>, channel: &ChannelName, number: u64, text: &JsString) {
        const MAX_EARLY: usize = 1_000;
        for client in self.clients.borrow().waiting_for(channel) {
            if let Some(pending) = client.pending.borrow_mut().get_mut(channel) {
                if pending.early.len() >= MAX_EARLY {
                    let refusal = Refusal::unavailable("too much happens here; subscribe again");
                    pending.over = Some(Over::Dropped(error(channel, &refusal)));
                } else {
                    pending.early.push((number, text.clone()));
                }
            }
        }
    }
}

/// Somebody who is signed in needs not be named again.
fn signed_in(client: &Client) -> Option<Listener> {
    let user = client.user.borrow().as_ref().map(|user| user.id.clone())?;
    Some(Listener { user, is_number: false, info: client.user_info.borrow().clone(), expires_at_ms: None })
}

pub(super) fn error(channel: &ChannelName, refusal: &Refusal) -> String {
    subscription_error(channel, &refusal.kind, &refusal.message, refusal.status)
}
