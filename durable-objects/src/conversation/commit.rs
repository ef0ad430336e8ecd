//! Commit of events, and publishing of events, signals and receipts.

use super::Object;
use super::commands::By;
use crate::broadcast::{self, Broadcasts};
use crate::fan_out::{Exclusion, FanOut};
use crate::presence::KeepsPresence;
use crate::reclaim::HoldsSessions;
use crate::sessions::{Session, Sessions};
use crate::subscriptions;
use campana_core::chat::conversation::{Entry, MessageChange, Signal, TypingSource};
use campana_core::chat::wire::{EventName, Person, ServerFrame};
use campana_core::pusher::link;
use campana_core::shared::ids::UserId;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::Hosted;
use campana_runtime::single_flight::SingleFlight;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// Window in milliseconds in which receipts are collected before they are sent together.
const RECEIPT_WINDOW_MS: u32 = 1_000;

/// Read markers that moved and are not published yet.
#[derive(Default)]
pub(crate) struct Receipts {
    waiting: RefCell<HashMap<UserId, (Person, i64)>>,
    timer: SingleFlight,
}

impl Broadcasts for Object {
    fn fan_out(&self) -> &RefCell<FanOut> {
        &self.fan_out
    }
}

impl HoldsSessions for Object {
    fn sessions(&self) -> &RefCell<Sessions> {
        &self.sessions
    }

    fn left(self: &Rc<Self>, session: &Session, departed: Option<Person>) {
        let user = session.attachment.borrow().principal.user_id.clone();
        self.stop_typing_at(&user, &TypingSource::Session(session.id));
        if let Some(person) = departed {
            // The engine logs a failure, and the next resync corrects it.
            let _reported = subscriptions::native_left(self, &person.user_id);
            self.forget_hidden(&person.user_id);
        }
    }
}

impl Object {
    /// Commits an event and those with it. The caller acknowledges it to the sender, then publishes it with
    /// [`Object::publish_committed`].
    pub(super) fn commit(&self, entry: &Entry) -> Result<(), Problem> {
        self.arm_for_flush();
        if entry.next.is_none() && is_reaction(entry) {
            self.append(entry)?;
        } else {
            self.context.sql.transaction(|| entry.chain().try_for_each(|entry| self.append(entry)))?;
        }
        self.with(|loaded| {
            loaded.rules.committed(entry);
            Ok(())
        })
    }

    /// Writes an event and the annotations that it changes. The caller holds the transaction, unless it is a reaction.
    fn append(&self, entry: &Entry) -> Result<(), Problem> {
        if let Some(MessageChange::Annotated { row, reaction: Some(reaction) }) = &entry.message {
            return self.annotations.append_reaction(&entry.text, row, reaction);
        }
        self.log.append(entry)?;
        match &entry.message {
            Some(MessageChange::Annotated { row, .. }) => self.annotations.save(row),
            Some(MessageChange::Changed { row }) if row.message.deleted_at.is_some() => {
                self.annotations.message_deleted(&row.message.id, entry.seq)
            }
            Some(MessageChange::Created { .. } | MessageChange::Changed { .. }) | None => Ok(()),
        }
    }

    /// Commits a send and the events with it. False, without a write, if its sender has already used its `client_msg_id`. `paced` is the sender
    /// and the time of a message in slow mode.
    pub(super) fn commit_send(&self, entry: &Entry, paced: Option<(&UserId, Timestamp)>) -> Result<bool, Problem> {
        self.arm_for_flush();
        let is_new = if paced.is_none() && entry.next.is_none() {
            self.log.append_send(entry)?
        } else {
            self.context.sql.transaction(|| {
                let is_new = self.log.append_send(entry)?;
                if is_new {
                    entry.chain().skip(1).try_for_each(|entry| self.append(entry))?;
                    paced.map_or(Ok(()), |(user, now)| self.slow_mode.keep(user, now))?;
                }
                Ok(is_new)
            })?
        };
        if is_new {
            self.with(|loaded| {
                loaded.rules.committed(entry);
                Ok(())
            })?;
        }
        Ok(is_new)
    }

    /// Publishes a committed event and those with it, and starts the flush to the record. The originating tab and Pusher
    /// socket get no echo of the first one, if they belong to the actor.
    pub(super) fn publish_committed(self: &Rc<Self>, entry: &Entry, by: By<'_>) {
        self.publish_entry(entry, by);
        for entry in entry.chain().skip(1) {
            self.publish_entry(entry, By::echoed(by.principal));
        }
        self.flush_soon();
    }

    fn publish_entry(self: &Rc<Self>, entry: &Entry, by: By<'_>) {
        let user = &by.principal.user_id;
        broadcast::publish(self, &entry.text, Some(entry.seq), Exclusion::tab(user, by.origin_client_id));
        let except = by.origin_socket.map_or(link::Except::Nobody, |socket| link::Except::OwnSocket {
            socket: socket.clone(),
            user: user.clone(),
        });
        self.tell_listeners(&entry.text, &except, None);
    }

    /// Publishes the log's position, so that clients that lack events resume.
    pub(super) fn send_position(self: &Rc<Self>) {
        let position = self.with(|loaded| Ok((loaded.rules.epoch().to_owned(), loaded.rules.head())));
        let Ok((epoch, head)) = position else { return };
        broadcast::publish(self, &ServerFrame::Head { epoch, head }.to_text(), None, Exclusion::Nobody);
        self.tell_listeners_position();
    }

    /// Publishes a signal, which is not stored.
    pub(super) fn signal(self: &Rc<Self>, signal: &Signal, except: Exclusion) {
        let listeners = match &except {
            Exclusion::Person(user) => link::Except::Person(user.clone()),
            Exclusion::Others(user) => link::Except::Others(user.clone()),
            Exclusion::People(people) if people.is_empty() => link::Except::Nobody,
            Exclusion::People(people) => link::Except::People(people.iter().cloned().collect()),
            Exclusion::Nobody | Exclusion::Tab(..) => link::Except::Nobody,
        };
        let text = signal.to_text();
        broadcast::publish(self, &text, None, except);
        self.tell_listeners(&text, &listeners, None);
    }

    /// A user is here now, by their first native connection or gateway subscription.
    pub(super) fn arrived(self: &Rc<Self>, person: &Person) {
        if self.hidden.has(&person.user_id) {
            return self.presence_changed([person.user_id.clone()]);
        }
        let signal = self.with(|loaded| Ok(loaded.rules.arrived(person, self.context.now())));
        if let Ok(signal) = signal {
            self.signal(&signal, Exclusion::Person(person.user_id.clone()));
        }
        self.presence_changed([person.user_id.clone()]);
    }

    /// A user is no longer here, neither by a native connection nor by a gateway.
    pub(super) fn departed(self: &Rc<Self>, person: &Person) {
        let signals = self.with(|loaded| Ok(loaded.rules.departed(person, self.context.now())));
        let is_hidden = self.hidden.has(&person.user_id);
        let is_shown = |signal: &Signal| !is_hidden || signal.event != EventName::PresenceLeft;
        for signal in signals.unwrap_or_default().into_iter().filter(is_shown) {
            self.signal(&signal, Exclusion::Nobody);
        }
        self.presence_changed([person.user_id.clone()]);
        self.forget_hidden(&person.user_id);
    }

    /// Publishes a committed send, which also ends the sender's typing.
    pub(super) fn publish_sent(self: &Rc<Self>, entry: &Entry, by: By<'_>) {
        self.publish_committed(entry, by);
        self.stop_typing(&by.principal.user_id);
    }

    /// Ends a user's typing, wherever it began.
    pub(super) fn stop_typing(self: &Rc<Self>, user: &UserId) {
        let signal = self.with(|loaded| Ok(loaded.rules.silenced(user, self.context.now())));
        self.stopped_typing(user, signal.ok().flatten());
    }

    /// Ends a user's typing at a connection that ends.
    pub(super) fn stop_typing_at(self: &Rc<Self>, user: &UserId, source: &TypingSource) {
        let signal = self.with(|loaded| Ok(loaded.rules.disconnected(user, source, self.context.now())));
        self.stopped_typing(user, signal.ok().flatten());
    }

    fn stopped_typing(self: &Rc<Self>, user: &UserId, signal: Option<Signal>) {
        if let Some(signal) = signal {
            self.signal(&signal, Exclusion::Person(user.clone()));
        }
    }

    /// Queues a receipt; sent with others after the window, unless there are too many members. Those who keep receipts
    /// private neither send nor get any.
    pub(super) fn receipt(self: &Rc<Self>, person: Person, seq: i64) {
        self.receipts.waiting.borrow_mut().insert(person.user_id.clone(), (person, seq));
        let Some(timer) = self.receipts.timer.begin() else { return };
        self.spawn(async move |object| {
            object.context.sleep(RECEIPT_WINDOW_MS).await;
            drop(timer);
            let waiting = std::mem::take(&mut *object.receipts.waiting.borrow_mut());
            let Some(private) = object.private_readers().await.map(Rc::new) else { return };
            for (person, seq) in waiting.into_values() {
                let signal = object.with(|loaded| Ok(loaded.rules.read_up_to(&person, seq, object.context.now())));
                let Ok(signal) = signal else { continue };
                if private.contains(&person.user_id) {
                    // Their own connections still need the marker.
                    object.signal(&signal, Exclusion::Others(person.user_id));
                } else {
                    object.signal(&signal, Exclusion::People(Rc::clone(&private)));
                    object.tell_author(&person, seq, &signal, &private);
                }
            }
        });
    }
}

/// Whether an event is a reaction or its removal, which is one statement.
fn is_reaction(entry: &Entry) -> bool {
    matches!(&entry.message, Some(MessageChange::Annotated { reaction: Some(_), .. }))
}
