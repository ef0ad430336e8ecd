//! Inbox notices to users who are online elsewhere, and presence in the record; both in the background.
//!
//! After a flush the record counts the unread messages of each online member. Each of them gets one call to their own
//! channel, at most once a second per conversation.

use super::{Object, refused};
use crate::channel::InboxNotice;
use crate::presence::{KeepsPresence, PresenceQueue};
use campana_core::shared::ids::{ConversationId, TenantId, UserId};
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::Hosted;
use campana_runtime::single_flight::SingleFlight;
use campana_storage::{INBOXES, OnlineMember};
use futures_util::StreamExt;
use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::rc::Rc;

/// Minimum time between two rounds, in milliseconds.
const MIN_INTERVAL_MS: u64 = 1_000;
/// Maximum number of concurrent calls.
const CONCURRENT_CALLS: usize = 6;

/// State of the inbox rounds, in memory. A lost round is covered by the next one, or by the inbox that a client fetches
/// when it reconnects.
#[derive(Default)]
pub(crate) struct InboxState {
    everybody: Cell<bool>,
    readers: RefCell<HashSet<UserId>>,
    /// The first page of a round, if the last flush has read it.
    first_page: RefCell<Option<Vec<OnlineMember>>>,
    flight: SingleFlight,
    last_at: Cell<Timestamp>,
}

impl InboxState {
    fn is_due(&self) -> bool {
        self.everybody.get() || !self.readers.borrow().is_empty()
    }
}

impl Object {
    /// Starts a round after a flush, for all online members or only for `readers`. `online` is the first page of them.
    pub(super) fn inboxes_flushed(
        self: &Rc<Self>,
        everybody: bool,
        readers: Vec<UserId>,
        online: Option<Vec<OnlineMember>>,
    ) {
        *self.inbox.first_page.borrow_mut() = online;
        self.update_inboxes(everybody, readers);
    }

    /// Starts a round: for all online members after new messages, else only for `readers`, whose markers moved.
    pub(super) fn update_inboxes(self: &Rc<Self>, everybody: bool, readers: Vec<UserId>) {
        if everybody {
            self.inbox.everybody.set(true);
        }
        self.inbox.readers.borrow_mut().extend(readers);
        if !self.inbox.is_due() {
            return;
        }
        let Some(flight) = self.inbox.flight.begin() else { return };
        self.spawn(async move |object| {
            let since = object.context.now().since(object.inbox.last_at.get());
            if since < MIN_INTERVAL_MS {
                object.context.sleep(u32::try_from(MIN_INTERVAL_MS.saturating_sub(since)).unwrap_or(0)).await;
            }
            let everybody = object.inbox.everybody.take();
            let readers = object.inbox.readers.take();
            if let Err(problem) = object.inbox_round(everybody, &readers).await {
                tracing::warn!(at = "inbox", detail = problem.detail);
            }
            object.inbox.last_at.set(object.context.now());
            drop(flight);
            object.update_inboxes(false, Vec::new());
        });
    }

    async fn inbox_round(&self, everybody: bool, readers: &HashSet<UserId>) -> Result<(), Problem> {
        if self.is_deleted() {
            return Ok(());
        }
        let (tenant, conversation) = self.names()?;
        let store = self.context.record()?;
        let mut after = None;
        loop {
            let now = self.context.now();
            let first = if after.is_none() { self.inbox.first_page.take() } else { None };
            let page = if let Some(page) = first {
                page
            } else {
                store.online_members(&tenant, &conversation, now, after.as_ref(), INBOXES).await.map_err(refused)?
            };
            let is_last = page.len() < INBOXES as usize;
            after = page.last().map(|member| member.user_id.clone());
            let due = page.into_iter().filter(|member| everybody || readers.contains(&member.user_id));
            let base_notice = self.base_notice(&conversation, now)?;
            futures_util::stream::iter(due)
                .for_each_concurrent(CONCURRENT_CALLS, |member| {
                    let (tenant, base_notice) = (&tenant, &base_notice);
                    async move { self.notify(tenant, &member, base_notice).await }
                })
                .await;
            if is_last {
                return Ok(());
            }
        }
    }

    /// The notice without the fields that differ per member.
    fn base_notice(&self, conversation: &ConversationId, at: Timestamp) -> Result<InboxNotice, Problem> {
        Ok(InboxNotice {
            conversation_id: conversation.clone(),
            last_message: self.log.last_message()?.map(|row| row.message),
            unread_count: 0,
            mention_count: 0,
            last_seq: self.with(|loaded| Ok(loaded.rules.head()))?,
            looking: Vec::new(),
            at,
        })
    }

    async fn notify(&self, tenant: &TenantId, member: &OnlineMember, base_notice: &InboxNotice) {
        let OnlineMember { user_id: user, unread_count, mention_count } = member;
        let looking: Vec<String> = self
            .sessions
            .borrow()
            .of_user(user)
            .iter()
            .filter_map(|session| session.attachment.borrow().client_id.clone())
            .collect();
        let notice =
            InboxNotice { unread_count: *unread_count, mention_count: *mention_count, looking, ..base_notice.clone() };
        if let Err(error) = crate::channel::notify(&self.context, tenant, user, &notice).await {
            tracing::warn!(at = "inbox", detail = %error);
        }
    }
}

impl KeepsPresence for Object {
    fn presence(&self) -> &PresenceQueue {
        &self.presence
    }

    fn lease_holder(&self) -> Option<(TenantId, String)> {
        let (tenant, conversation) = self.names().ok()?;
        Some((tenant, format!("conversation:{conversation}")))
    }

    /// By a native connection or by a gateway.
    fn is_here(&self, user: &UserId) -> bool {
        self.sessions.borrow().count_of(user) > 0 || self.subscriptions.with(|roster| roster.is_here(user))
    }
}
