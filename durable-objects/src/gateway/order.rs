//! Order of a socket's frames: a client gets the answers that it would get if each of its frames were handled after the
//! one before it is done.
//!
//! Frames that cannot affect each other do not wait for each other, so that a slow target delays only its own channels:
//!
//! - A frame about a channel waits for the answers to the frames about that channel before it
//!   ([`Pending`](super::pending::Pending)).
//! - All frames wait until the signature of a sign-in is verified, since an invalid one closes the socket. Those whose
//!   meaning depends on who is signed in wait until the sign-in has ended.
//! - A subscription that fits only if one before it fails waits for those, and the frames after it wait as well.
//!
//! Pings, frames beyond a rate limit, and frames that cannot be read are answered immediately.

use super::Object;
use super::client::Client;
use super::frames::too_much_waits;
use super::pending::{ChannelFrame, Held, MAX_WAITING_BYTES, Subscribing, hold};
use campana_core::pusher::channel::{ChannelKind, ChannelName};
use campana_core::pusher::code::Code;
use campana_core::pusher::frame::{ClientEvent, Fault, Subscription, signin_success};
use campana_core::pusher::link::Listener;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

/// What a socket asks for, in order.
#[derive(Debug)]
pub(super) enum Request {
    Subscribe(Subscription),
    Unsubscribe(ChannelName),
    /// Publish. Its rate is checked.
    Event(ClientEvent),
    SignIn {
        auth: String,
        user_data: String,
    },
    /// Close the socket, once the frames before are handled.
    Close(Code),
}

/// Order of one socket's frames.
#[derive(Default)]
pub(super) struct Order {
    /// Frames that wait for a sign-in, or for room for a subscription.
    held: RefCell<VecDeque<Request>>,
    sign_in: Cell<SignInState>,
    /// Whether frames that waited for an answer are being handled: those come before the held ones.
    is_handling: Cell<bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum SignInState {
    /// None is in progress.
    #[default]
    None,
    /// Its signature is being verified.
    Verifying,
    /// The user's own channel is being subscribed to.
    Joining,
}

/// Why a sign-in failed.
pub(super) enum SignInFailure {
    /// The socket stays open.
    Fault(Fault),
    /// The socket is to be closed.
    Close(Code),
    /// The socket has been closed.
    Closed,
}

impl Order {
    /// Drops the frames that wait.
    pub(super) fn clear(&self) {
        self.held.borrow_mut().clear();
    }

    fn bytes(&self) -> usize {
        self.held.borrow().iter().map(Request::bytes).fold(0, usize::saturating_add)
    }
}

impl Request {
    fn bytes(&self) -> usize {
        match self {
            Self::Subscribe(request) => ChannelFrame::bytes_of_subscription(request),
            Self::Unsubscribe(channel) => ChannelFrame::bytes_of(channel, 0),
            Self::Event(event) => ChannelFrame::bytes_of_event(event),
            Self::SignIn { auth, user_data } => auth.len().saturating_add(user_data.len()).saturating_add(128),
            Self::Close(_) => 0,
        }
    }
}

impl Object {
    /// Takes in what a socket asks for.
    pub(super) fn take_request(self: &Rc<Self>, client: &Rc<Client>, request: Request) {
        let is_first = client.order.held.borrow().is_empty();
        let Some(request) = (if is_first { self.start(client, request) } else { Some(request) }) else { return };
        let waiting = client.waiting_bytes().saturating_add(client.order.bytes()).saturating_add(request.bytes());
        if waiting > MAX_WAITING_BYTES {
            let event_on = if let Request::Event(event) = &request { Some(&event.channel) } else { None };
            return self.refused(client, &too_much_waits(event_on));
        }
        client.order.held.borrow_mut().push_back(request);
    }

    /// Starts the requests that do not have to wait any more. Called when a subscription or a sign-in has ended.
    pub(super) fn resume_requests(self: &Rc<Self>, client: &Rc<Client>) {
        while !client.order.is_handling.get() {
            let next = client.order.held.borrow_mut().pop_front();
            let Some(request) = next else { return };
            if let Some(request) = self.start(client, request) {
                return client.order.held.borrow_mut().push_front(request);
            }
        }
    }

    /// Starts a request. Returns it if it has to wait.
    fn start(self: &Rc<Self>, client: &Rc<Client>, request: Request) -> Option<Request> {
        let sign_in = client.order.sign_in.get();
        if sign_in == SignInState::Verifying {
            return Some(request);
        }
        match request {
            Request::Subscribe(subscription) => {
                let signed_in = signed_in(client).filter(|_| subscription.channel.needs_signature());
                let mut subscribing = Subscribing { request: subscription, signed_in, fits: false };
                let has_to_wait = sign_in == SignInState::Joining && depends_on_user(&subscribing.request);
                let fits = if has_to_wait { None } else { self.fits(client, &subscribing) };
                let Some(fits) = fits else { return Some(Request::Subscribe(subscribing.request)) };
                subscribing.fits = fits;
                self.in_order(client, [ChannelFrame::Subscribe(subscribing)]);
            }
            Request::Unsubscribe(channel) => self.in_order(client, [ChannelFrame::Unsubscribe(channel)]),
            Request::Event(event) => self.in_order(client, [ChannelFrame::Event(event)]),
            Request::SignIn { auth, user_data } if sign_in == SignInState::None => {
                self.start_sign_in(client, auth, user_data);
            }
            Request::Close(code) if client.pending.borrow().is_empty() => self.dismiss(client, code),
            Request::SignIn { .. } | Request::Close(_) => return Some(request),
        }
        None
    }

    fn start_sign_in(self: &Rc<Self>, client: &Rc<Client>, auth: String, user_data: String) {
        client.order.sign_in.set(SignInState::Verifying);
        let (object, client) = (Rc::clone(self), Rc::clone(client));
        self.context.begin(async move {
            let outcome = object.sign_in(&client, &auth, &user_data).await;
            client.order.sign_in.set(SignInState::None);
            let watchlist = match outcome {
                Ok(watchlist) => {
                    client.send(&signin_success(&user_data));
                    watchlist
                }
                Err(SignInFailure::Fault(fault)) => {
                    client.send(&fault.to_frame());
                    Vec::new()
                }
                Err(SignInFailure::Closed) => return,
                Err(SignInFailure::Close(code)) => {
                    client.order.held.borrow_mut().push_front(Request::Close(code));
                    Vec::new()
                }
            };
            object.resume_requests(&client);
            object.watch(&client, &watchlist).await;
        });
    }

    /// Lets frames pass that do not depend on who is signed in. Called when a sign-in is verified.
    pub(super) fn verified_sign_in(self: &Rc<Self>, client: &Rc<Client>) {
        client.order.sign_in.set(SignInState::Joining);
        self.resume_requests(client);
    }

    /// Handles frames about channels, each after those about its channel that wait for an answer.
    pub(super) fn in_order(self: &Rc<Self>, client: &Rc<Client>, frames: impl IntoIterator<Item = ChannelFrame>) {
        let is_nested = client.order.is_handling.replace(true);
        for frame in frames {
            let event_on = matches!(frame, ChannelFrame::Event(_)).then(|| frame.channel().clone());
            let held = hold(&mut client.pending.borrow_mut(), frame, client.order.bytes());
            let outcome = match held {
                Held::Yes => Ok(()),
                Held::Full => {
                    self.refused(client, &too_much_waits(event_on.as_ref()));
                    Ok(())
                }
                Held::No(ChannelFrame::Subscribe(subscribing)) => self.subscribe(client, subscribing),
                Held::No(ChannelFrame::Unsubscribe(channel)) => {
                    self.unsubscribe(client, &channel);
                    Ok(())
                }
                Held::No(ChannelFrame::Event(event)) => self.publish(client, event),
            };
            if let Err(fault) = outcome {
                client.send(&fault.to_frame());
            }
        }
        client.order.is_handling.set(is_nested);
    }

    /// Whether a socket may have one more subscription. `None` if that depends on the answers to pending ones.
    fn fits(&self, client: &Client, subscribing: &Subscribing) -> Option<bool> {
        let channel = &subscribing.request.channel;
        let limit = usize::try_from(self.pusher().channels_per_socket).unwrap_or(usize::MAX);
        let has_number = client.count_channels_besides(channel) < limit;
        if has_number && client.has_room_for(subscribing.attachment_bytes()) {
            return Some(true);
        }
        client.pending.borrow().is_empty().then_some(false)
    }
}

/// Whether a subscription may be that of the signed-in user because it names none.
fn depends_on_user(subscription: &Subscription) -> bool {
    let channel = &subscription.channel;
    let is_anonymous = || channel.needs_signature() && subscription.signed_channel_data().is_none();
    channel.kind() == ChannelKind::ServerToUser || is_anonymous()
}

/// Listener for a signed-in user, used when the signature names no user.
fn signed_in(client: &Client) -> Option<Listener> {
    let user = client.user.borrow().as_ref().map(|user| user.id.clone())?;
    Some(Listener { user, is_number: false, info: client.user_info.borrow().clone(), expires_at_ms: None })
}
