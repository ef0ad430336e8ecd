//! Handling of targets' requests: deliver frames, drop subscriptions.

use super::Object;
use super::client::Client;
use super::pending::Cancellation;
use super::subscribing::error;
use campana_core::live::TracedFrame;
use campana_core::pusher::channel::{ChannelKind, ChannelName};
use campana_core::pusher::code::Code;
use campana_core::pusher::link::{Delivered, Delivery, Drop, Except, Frame, Handed, Reached, Target, Whose};
use campana_core::shared::backlog;
use campana_core::shared::ids::UserId;
use campana_runtime::Hosted;
use campana_runtime::slicer::{Slicer, Urgency};
use campana_runtime::sockets;
use campana_runtime::urgency;
use std::collections::BTreeSet;
use std::rc::Rc;

/// Sockets written to per turn.
const SLICE: usize = 100;

/// Frames to write, each with its channel and number, and encoded once for all sockets.
pub(super) type FanOut = Slicer<(ChannelName, u64, sockets::Frame)>;

impl Object {
    /// Queues the frames of a delivery for their listeners, in order and each once. Returns when all have been written
    /// to the sockets, which slows publishers down to the sockets' speed.
    pub(super) async fn deliver(self: &Rc<Self>, delivery: Delivery) -> Handed {
        let Delivery { target, frames, missed, traced } = delivery;
        for channel in &missed {
            self.reconnect_listeners(channel);
        }
        let traced = if traced.is_empty() { Vec::new() } else { self.trace(&frames, &traced) };
        let reached = frames.iter().filter_map(|frame| self.queue_frame(&target, frame)).collect();
        let urgency = urgency_of(&target);
        let drained = self.fan_out.borrow_mut().drained(urgency);
        if let Some(drained) = drained {
            self.start_fan_out(urgency);
            let _drained = drained.await;
        }
        let at = self.context.now();
        Handed { reached, traced: traced.into_iter().map(|frame| TracedFrame { at, ..frame }).collect() }
    }

    /// The sockets of traced users that get frames.
    fn trace(&self, frames: &[Frame], users: &[UserId]) -> Vec<TracedFrame> {
        let clients = self.clients.borrow();
        let of_user = |frame: &Frame, user: &UserId| {
            let listeners = clients.listeners_of(&frame.channel).iter().filter_map(|id| clients.get(*id));
            let theirs = listeners.filter(|client| is_theirs(client, &frame.channel, user));
            let (excluded, sockets): (Vec<_>, Vec<_>) =
                theirs.partition(|client| is_excepted(client, &frame.channel, &frame.except));
            let ids = |clients: Vec<&Rc<Client>>| clients.iter().map(|client| client.socket_id.clone()).collect();
            TracedFrame {
                number: frame.number,
                user: user.clone(),
                at: self.context.now(),
                sockets: ids(sockets),
                excluded: ids(excluded),
            }
        };
        frames.iter().flat_map(|frame| users.iter().map(move |user| of_user(frame, user))).collect()
    }

    /// Queues a frame for its listeners. For a frame with `about`, returns the users that it is sent to.
    fn queue_frame(self: &Rc<Self>, target: &Target, frame: &Frame) -> Option<Reached> {
        if self.newest.borrow().get(target).is_some_and(|newest| *newest >= frame.number) {
            return None;
        }
        self.newest.borrow_mut().insert(target.clone(), frame.number);
        let clients = self.clients.borrow();
        let waiting = clients.pending_clients_of(&frame.channel);
        let listeners = clients.listeners_of(&frame.channel);
        if listeners.is_empty() && waiting.is_empty() {
            if !self.has_queued_calls(target) {
                self.doubt(target);
            }
            return None;
        }
        let encoded = self.context.host().frame(&frame.text);
        let is_for =
            |id: &&u32| clients.get(**id).is_some_and(|client| !is_excepted(client, &frame.channel, &frame.except));
        let to: Vec<u32> = match frame.except {
            Except::Nobody => listeners.to_vec(),
            Except::Socket(_)
            | Except::OwnSocket { .. }
            | Except::Person(_)
            | Except::Others(_)
            | Except::People(_) => listeners.iter().filter(is_for).copied().collect(),
        };
        let reached = frame.about.as_ref().map(|about| {
            let people: BTreeSet<UserId> =
                to.iter().filter_map(|id| clients.get(*id)?.listens_as(&frame.channel)).collect();
            Reached { about: about.clone(), people: people.into_iter().collect() }
        });
        if !to.is_empty() {
            let round = (frame.channel.clone(), frame.number, encoded.clone());
            self.fan_out.borrow_mut().push(urgency_of(target), round, to);
        }
        drop(clients);
        if !waiting.is_empty() {
            self.buffer_early(&frame.channel, frame.number, &encoded);
        }
        reached
    }

    /// Starts the fan-out unless it runs: writes the first slice now and each later slice in its own turn. An alert is
    /// written now in any case.
    fn start_fan_out(self: &Rc<Self>, urgency: Urgency) {
        let flight = self.fan_out_flight.begin();
        if (flight.is_none() && urgency == Urgency::Usual) || !self.write_slice() {
            return;
        }
        let Some(flight) = flight else { return };
        self.spawn(async move |object| {
            loop {
                object.context.sleep(0).await;
                if !object.fan_out.borrow().is_urgent() {
                    urgency::give_way(object.context.host()).await;
                }
                if !object.write_slice() {
                    return drop(flight);
                }
            }
        });
    }

    /// Writes the next slice, after closing sockets with too many unsent bytes if a check is due. Returns whether
    /// frames remain.
    fn write_slice(self: &Rc<Self>) -> bool {
        let is_check_due = self.fan_out.borrow_mut().is_check_due(self.context.now());
        if is_check_due {
            self.drop_unread();
        }
        let clients = self.clients.borrow();
        // Skips sockets that have unsubscribed, and those that subscribed after this frame and know its content from the
        // answer.
        self.fan_out.borrow_mut().serve(SLICE, backlog::unsuspicious(clients.len()), |(channel, number, frame), id| {
            let client = clients.get(id).filter(|client| client.receives(channel, *number));
            client.map_or(0, |client| client.socket.send(frame))
        })
    }

    /// Closes the sockets of clients that do not read fast enough.
    pub(super) fn drop_unread(self: &Rc<Self>) {
        let unread = self.clients.borrow().unread();
        for client in unread {
            self.drop_one_unread(&client);
        }
    }

    /// Closes the socket of a client that does not read fast enough.
    pub(super) fn drop_one_unread(self: &Rc<Self>, client: &Rc<Client>) {
        self.dismiss(client, Code::OverCapacity);
    }

    /// Closes the sockets of a channel's listeners after a loss of frames, so that they reconnect and reload.
    fn reconnect_listeners(self: &Rc<Self>, channel: &ChannelName) {
        let listeners = self.clients.borrow().listening_clients_of(channel);
        for client in listeners {
            self.dismiss(&client, Code::Reconnect);
        }
    }

    /// Ends the subscriptions that the request selects. After this turn they get no more frames.
    pub(super) fn drop_listeners(self: &Rc<Self>, drop: &Drop) -> Delivered {
        let listeners = self.clients.borrow().listeners_to(&drop.target);
        for (channel, client) in listeners {
            self.drop_one(&client, &channel, drop);
        }
        let waiting = self.clients.borrow().all_pending();
        for (channel, client) in waiting {
            self.drop_pending(&client, &channel, drop);
        }
        Delivered {}
    }

    /// Cancels a pending subscription that the target may already have accepted. The target checks by itself those that
    /// reach it later.
    fn drop_pending(self: &Rc<Self>, client: &Rc<Client>, channel: &ChannelName, drop: &Drop) {
        let is_anonymous = {
            let mut all = client.pending.borrow_mut();
            let pending = all.get_mut(channel).filter(|pending| pending.target.as_ref() == Some(&drop.target));
            let Some(pending) = pending else { return };
            if applies_to(&drop.whose, channel, pending.user.as_ref()) {
                pending.cancelled = Some(Cancellation::Dropped(error(channel, &drop.refusal)));
            }
            pending.cancelled.is_none() && pending.user.is_none()
        };
        if is_anonymous && channel.needs_signature() {
            self.dismiss(client, Code::Reconnect);
        }
    }

    fn drop_one(self: &Rc<Self>, client: &Rc<Client>, channel: &ChannelName, drop: &Drop) {
        let user = client.listens_as(channel);
        if applies_to(&drop.whose, channel, user.as_ref()) {
            if self.stop_listening(client, channel) {
                client.send(&error(channel, &drop.refusal));
            }
        } else if user.is_none() && matches!(channel.kind(), ChannelKind::Private | ChannelKind::Presence) {
            // The subscription may belong to the user. After the reconnect it is authorized again.
            self.dismiss(client, Code::Reconnect);
        }
    }
}

/// Frames of the alert desk go before all others.
fn urgency_of(target: &Target) -> Urgency {
    if *target == Target::AlertDesk { Urgency::Alert } else { Urgency::Usual }
}

fn applies_to(whose: &Whose, channel: &ChannelName, user: Option<&UserId>) -> bool {
    match whose {
        Whose::Person(person) => user == Some(person),
        Whose::Outsiders(people) => {
            channel.kind() == ChannelKind::Public || user.is_some_and(|user| people.contains(user))
        }
        Whose::Everybody => true,
    }
}

fn is_excepted(client: &Client, channel: &ChannelName, except: &Except) -> bool {
    match except {
        Except::Nobody => false,
        Except::Socket(socket) => client.socket_id == *socket,
        // A publisher may exclude only a socket of its own user. A socket with no known user may be excluded too,
        // because only its own page knows its id.
        Except::OwnSocket { socket, user } => {
            client.socket_id == *socket && (client.is_of(user) || client.person().is_none())
        }
        Except::Person(person) => is_theirs(client, channel, person),
        Except::Others(person) => !is_theirs(client, channel, person),
        Except::People(people) => people.iter().any(|person| is_theirs(client, channel, person)),
    }
}

fn is_theirs(client: &Client, channel: &ChannelName, person: &UserId) -> bool {
    client.listens_as(channel).is_some_and(|user| user == *person)
        || client.user.borrow().as_ref().is_some_and(|user| user.id == *person)
}
