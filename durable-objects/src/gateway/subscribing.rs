//! Subscribing and unsubscribing of sockets.

use super::Object;
use super::client::{Client, Signed, Subscription, most_attachment_bytes};
use super::pending::{Cancellation, Pending, Subscribing};
use campana_core::accounts::metrics::FEATURE_USES;
use campana_core::pusher::anonymous::Exceeded;
use campana_core::pusher::channel::{ChannelKind, ChannelName};
use campana_core::pusher::frame::{Fault, issued_at, subscription_error, subscription_succeeded};
use campana_core::pusher::link::{Answer, Call, Listener, Refusal, Target};
use campana_core::pusher::signature::{Voucher, subscription_text};
use campana_core::shared::problem::{Kind, Problem};
use campana_runtime::{metrics, sockets};
use std::rc::Rc;

impl Object {
    /// Starts a subscription. An invalid request is a fault; a refusal is sent as an error on the channel.
    pub(super) fn subscribe(self: &Rc<Self>, client: &Rc<Client>, subscribing: Subscribing) -> Result<(), Fault> {
        let channel = subscribing.request.channel.clone();
        if channel.kind() == ChannelKind::ServerToUser && client.listens(&channel) {
            // Already subscribed since sign-in.
            client.send(&subscription_succeeded(&channel, "{}"));
            return Ok(());
        }
        if client.listens(&channel) {
            return Err(Fault::new(format!("Existing subscription to channel {channel}")));
        }
        let settings = self.pusher();
        if !settings.allows_channel(&channel) {
            let most = settings.channel_name_chars;
            return Err(Fault::new(format!("Invalid channel name: it has at most {most} characters")));
        }
        self.begin(client, &channel, subscribing.attachment_bytes());
        let (object, client) = (Rc::clone(self), Rc::clone(client));
        self.context.begin(async move {
            let outcome = object.ask(&client, subscribing).await;
            object.conclude(&client, &channel, outcome);
        });
        Ok(())
    }

    /// Adds the pending subscription. From this turn on, frames of the channel are kept until the answer tells which
    /// ones are for this socket.
    fn begin(&self, client: &Client, channel: &ChannelName, attachment_bytes: usize) {
        let pending = Pending { attachment_bytes, ..Pending::default() };
        client.pending.borrow_mut().insert(channel.clone(), pending);
        self.clients.borrow_mut().add_pending(channel, client.id);
    }

    /// Removes and returns the pending subscription.
    fn end(&self, client: &Client, channel: &ChannelName) -> Option<Pending> {
        self.clients.borrow_mut().remove_pending(channel, client.id);
        client.pending.borrow_mut().remove(channel)
    }

    async fn ask(
        self: &Rc<Self>,
        client: &Rc<Client>,
        subscribing: Subscribing,
    ) -> Result<(Subscription, Answer), Refusal> {
        let (listener, signed) = self.verify(client, &subscribing).await?;
        let Subscribing { request, fits, .. } = subscribing;
        let limit = usize::try_from(self.pusher().channels_per_socket).unwrap_or(usize::MAX);
        if !fits {
            return Err(Refusal::limit(format!(
                "a socket listens to at most {limit} channels, fewer if names are long"
            )));
        }
        self.admit_anonymous(client, &request.channel, listener.as_ref())?;
        let user = listener.as_ref().map(|listener| listener.user.clone());
        let target = self.target_now(&request.channel, user.as_ref()).await?;
        if let Some(pending) = client.pending.borrow_mut().get_mut(&request.channel) {
            pending.user = user;
            pending.target = Some(target.clone());
        }
        let answer = match self.subscribe_unreported(&target, &request.channel).await {
            Some(answer) => answer,
            None => self.report(client, &target, &request.channel, listener.as_ref()).await,
        };
        Ok((Subscription { target, listener, signed, from: 0 }, answer))
    }

    /// Checks the limits of anonymous clients, if this is one and stays one.
    fn admit_anonymous(&self, client: &Client, channel: &ChannelName, named: Option<&Listener>) -> Result<(), Refusal> {
        if named.is_some() || !client.is_anonymous.get() {
            return Ok(());
        }
        let admitted = self.clients.borrow().admits_anonymous(client, channel, &self.pusher());
        admitted.map_err(|exceeded| {
            Refusal::limit(match exceeded {
                Exceeded::Address => "too many channels of anonymous clients of this address",
                Exceeded::Gateway | Exceeded::Memory => "too many channels of anonymous clients",
            })
        })
    }

    /// Reports a subscription to the target.
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
            // On failure the target learns of lost sockets only from its next resync.
            let _reported = self.store_target(target);
        }
        answer
    }

    /// Checks the signature and returns the listener, if the channel needs one, and what is known of the signature.
    async fn verify(
        self: &Rc<Self>,
        client: &Rc<Client>,
        subscribing: &Subscribing,
    ) -> Result<(Option<Listener>, Signed), Refusal> {
        let Subscribing { request, signed_in, .. } = subscribing;
        let channel = &request.channel;
        if channel.kind() == ChannelKind::ServerToUser {
            return Err(Refusal::forbidden("only the signed-in user listens here"));
        }
        if !channel.needs_signature() {
            return Ok((None, Signed::default()));
        }
        let unauthorized = |why: &str| Refusal { status: 401, ..Refusal::forbidden(why) };
        let auth = request.auth.as_deref().ok_or_else(|| unauthorized("this channel needs a signature"))?;
        let app = self.app().await?;
        let invalid_signature = || unauthorized("the signature does not fit this socket and channel");
        let voucher = Voucher::parse(auth).ok_or_else(invalid_signature)?;
        let channel_data = request.signed_channel_data();
        let signed = subscription_text(&client.socket_id, channel, channel_data.as_deref());
        let generation = self.generation_of(&app, &signed, &voucher).ok_or_else(invalid_signature)?;
        if app.disabled {
            return Err(Refusal::forbidden("this app is disabled"));
        }
        let named = match request.named_listener().transpose() {
            Ok(named) => named.or_else(|| signed_in.clone()),
            // On private channels `channel_data` may have any format of the backend's choice.
            Err(_) if !channel.is_presence() => None,
            Err(fault) => return Err(Refusal { status: 422, ..Refusal::forbidden(fault.message) }),
        };
        if channel.is_presence() && named.is_none() {
            return Err(Refusal {
                status: 422,
                ..Refusal::forbidden("a presence channel needs channel_data with a user_id")
            });
        }
        let most = self.pusher().user_info_bytes;
        let info_bytes = named.as_ref().and_then(|named| named.info.as_ref()).map_or(0, String::len);
        if channel.is_presence() && info_bytes > usize::try_from(most).unwrap_or(usize::MAX) {
            let message = format!("user_info has at most {most} bytes");
            return Err(Refusal { status: 422, ..Refusal::forbidden(message) });
        }
        if named.as_ref().and_then(|named| named.expires_at_ms).is_some_and(|at| at <= self.context.now().millis()) {
            return Err(unauthorized("the identity that this was signed for has ended"));
        }
        let dated = channel_data.as_deref().and_then(issued_at);
        let issued_at_ms = dated.unwrap_or(client.opened_at_ms).min(self.context.now().millis());
        let signed = Signed { issued_at_ms: Some(issued_at_ms), generation: Some(generation) };
        if self.is_revoked(&app, named.as_ref().map(|named| &named.user), signed).await? {
            return Err(self.refuse_revoked(client, dated.is_some()));
        }
        Ok((named, signed))
    }

    /// Applies the answer: activates the subscription unless it was cancelled. Then handles the frames that waited.
    fn conclude(
        self: &Rc<Self>,
        client: &Rc<Client>,
        channel: &ChannelName,
        outcome: Result<(Subscription, Answer), Refusal>,
    ) {
        let Some(pending) = self.end(client, channel) else { return };
        let is_cancelled = pending.cancelled.is_some();
        if let Some(Cancellation::Dropped(text)) = &pending.cancelled {
            client.send(text);
        }
        match outcome {
            Ok((subscription, Answer::Subscribed { .. })) if is_cancelled => {
                self.report_unsubscribed(client, channel.clone(), subscription);
            }
            Ok((subscription, Answer::Subscribed { from, data, then })) => {
                let user = subscription.listener.as_ref().map(|listener| &listener.user);
                if channel.needs_signature() && self.end_if_revoked(client, user, subscription.signed) {
                    return self.report_unsubscribed(client, channel.clone(), subscription);
                }
                self.listens(client, channel, Subscription { from, ..subscription });
                self.count_presence(channel);
                client.send(&subscription_succeeded(channel, &data));
                for text in then {
                    client.send(&text);
                }
                client.catch_up(&pending, from);
            }
            Ok((_, Answer::Refused(refusal))) | Err(refusal) if !is_cancelled => client.send(&error(channel, &refusal)),
            // The subscription was cancelled.
            Ok((_, Answer::Refused(_) | Answer::Done)) | Err(_) => {}
        }
        self.in_order(client, pending.waiting);
        self.resume_requests(client);
    }

    /// Counts a subscription to a presence channel.
    fn count_presence(&self, channel: &ChannelName) {
        let me = self.me.borrow();
        let Some((app_config, _)) = me.as_ref().filter(|_| channel.is_presence()) else { return };
        let tenant = &app_config.tenant;
        metrics::count(tenant, |collector| collector.add(&FEATURE_USES, &["presence_subscriptions"], 1));
        metrics::report_soon(&self.context, tenant);
    }

    /// Activates a subscription and persists it.
    pub(super) fn listens(self: &Rc<Self>, client: &Rc<Client>, channel: &ChannelName, subscription: Subscription) {
        self.users_changed(subscription.listener.as_ref().map(|listener| &listener.user));
        self.clients.borrow_mut().listen(client, channel, subscription);
        self.occupancy_changed(channel);
        client.persist();
        self.arm_for_client(client);
    }

    /// Ends a subscription, if there is one. None is pending: frames wait until it is answered.
    pub(super) fn unsubscribe(self: &Rc<Self>, client: &Rc<Client>, channel: &ChannelName) {
        if channel.kind() == ChannelKind::ServerToUser {
            // A sign-in lasts until the socket closes.
            return;
        }
        self.stop_listening(client, channel);
    }

    /// Ends a subscription. Returns whether there was one.
    pub(super) fn stop_listening(self: &Rc<Self>, client: &Rc<Client>, channel: &ChannelName) -> bool {
        let stopped = self.clients.borrow_mut().stop_listening(client, channel);
        let Some(subscription) = stopped else { return false };
        self.occupancy_changed(channel);
        client.persist();
        self.users_changed(subscription.listener.as_ref().map(|listener| &listener.user));
        self.report_unsubscribed(client, channel.clone(), subscription);
        true
    }

    /// Notifies the target that a socket unsubscribed, if the target knew of it.
    pub(super) fn report_unsubscribed(
        self: &Rc<Self>,
        client: &Client,
        channel: ChannelName,
        subscription: Subscription,
    ) {
        let Subscription { target, listener, .. } = subscription;
        if target.is_public_channel() && !self.has_reported(&target) {
            return;
        }
        self.send_call(&target, Call::Unsubscribe { channel, socket: Some(client.socket_id.clone()), listener });
    }

    /// Subscribes a socket, unless it has closed, without sending frames to its client. Returns the frames that follow
    /// the answer.
    pub(super) async fn listen_silently(
        self: &Rc<Self>,
        client: &Rc<Client>,
        channel: ChannelName,
        target: Target,
    ) -> Result<Vec<String>, Refusal> {
        if client.listens(&channel) || client.pending.borrow().contains_key(&channel) {
            return Ok(Vec::new());
        }
        if self.clients.borrow().get(client.id).is_none() {
            return Err(Refusal::unavailable("the socket has closed"));
        }
        self.begin(client, &channel, most_attachment_bytes(&channel, None));
        let answer = self.report(client, &target, &channel, None).await;
        let mut pending = self.end(client, &channel).unwrap_or_default();
        let waiting = std::mem::take(&mut pending.waiting);
        let subscription = Subscription { target, listener: None, signed: Signed::default(), from: 0 };
        let outcome = match answer {
            Answer::Subscribed { .. } if pending.cancelled.is_some() => {
                self.report_unsubscribed(client, channel, subscription);
                Ok(Vec::new())
            }
            Answer::Subscribed { from, then, .. } => {
                self.listens(client, &channel, Subscription { from, ..subscription });
                client.catch_up(&pending, from);
                Ok(then)
            }
            Answer::Refused(refusal) => Err(refusal),
            Answer::Done => Err(Problem::new(Kind::Internal, "the answer is of another kind").into()),
        };
        self.in_order(client, waiting);
        self.resume_requests(client);
        outcome
    }

    /// Keeps a frame for sockets whose subscription is pending. On overflow the subscription ends with an error.
    pub(super) fn buffer_early(self: &Rc<Self>, channel: &ChannelName, number: u64, frame: &sockets::Frame) {
        const MAX_EARLY: usize = 1_000;
        for client in self.clients.borrow().pending_clients_of(channel) {
            if let Some(pending) = client.pending.borrow_mut().get_mut(channel) {
                if pending.early.len() >= MAX_EARLY {
                    let refusal = Refusal::unavailable("too much happens here; subscribe again");
                    pending.cancelled = Some(Cancellation::Dropped(error(channel, &refusal)));
                } else {
                    pending.early.push((number, frame.clone()));
                }
            }
        }
    }
}

pub(super) fn error(channel: &ChannelName, refusal: &Refusal) -> String {
    subscription_error(channel, &refusal.kind, &refusal.message, refusal.status)
}
