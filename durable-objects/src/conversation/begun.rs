//! Changes that the record makes first: stored before the call, deleted in the turn that commits their event.
//!
//! If the object dies in between, or the record does not answer, the outcome is unknown. The object asks the record
//! before the next change, and from the alarm; it then publishes the state that the record has.

use super::commands::By;
use super::moderation::nameless;
use super::{Object, refused};
use crate::platform::log_failure;
use crate::reclaim::HoldsSessions;
use crate::subscriptions;
use campana_core::chat::conversation::{BegunChange, MemberChange, MemberChangeKind};
use campana_core::chat::wire::Person;
use campana_core::pusher::link::Whose;
use campana_core::shared::close_code::CloseCode;
use campana_core::shared::json::read_stored;
use campana_core::shared::problem::Problem;
use campana_runtime::Hosted;
use campana_storage::StorageError;
use serde_json::{Map, Value, json};
use std::rc::Rc;

/// Changes recovered in one call.
const PAGE: i64 = 100;
/// Delay before the alarm asks the record again, in milliseconds.
const AGAIN_MS: i64 = 5_000;

impl Object {
    /// Stores a change before the record is called.
    pub(super) fn begin_change(&self, change: &BegunChange) -> Result<(), Problem> {
        self.arm_for_flush();
        self.log.keep_begun(change)?;
        self.has_begun.set(true);
        Ok(())
    }

    /// Deletes a stored change: its event is committed, or there is none.
    pub(super) fn concluded(&self, change: &BegunChange) -> Result<(), Problem> {
        self.log.forget_begun(&change.subject())
    }

    /// [`Self::concluded`], unless the record was unavailable: then the outcome is unknown.
    pub(super) fn concluded_unless_unknown(&self, change: &BegunChange, error: &StorageError) -> Result<(), Problem> {
        match error {
            StorageError::Unavailable(_) => Ok(()),
            StorageError::Constraint | StorageError::Corrupt(_) | StorageError::Locked(_) | StorageError::Unfit(_) => {
                self.concluded(change)
            }
        }
    }

    /// Asks the record about changes with an unknown outcome, and publishes those that it made. The caller must hold
    /// the lock `changes`.
    pub(super) async fn recover_changes(self: &Rc<Self>) -> Result<(), Problem> {
        if !self.has_begun.replace(false) {
            return Ok(());
        }
        let recovered = self.recover_page().await;
        if recovered.as_ref().map_or(true, |is_full| *is_full) {
            self.has_begun.set(true);
        }
        recovered.map(drop)
    }

    /// Starts the recovery in the background.
    pub(super) fn recover_soon(self: &Rc<Self>) {
        self.spawn(async move |object| object.recover_or_later().await);
    }

    /// Runs the recovery, and arms the alarm for another attempt if the record does not answer.
    pub(super) async fn recover_or_later(self: &Rc<Self>) {
        let _one_after_the_other = self.changes.lock().await;
        // The engine logs a failure.
        if self.recover_changes().await.is_err() && !self.is_deleted() {
            self.wake_at(self.context.now().plus_millis(AGAIN_MS));
        }
    }

    /// Recovers one page. True if there may be more.
    async fn recover_page(self: &Rc<Self>) -> Result<bool, Problem> {
        let begun = self.log.begun(PAGE)?;
        let is_full = i64::try_from(begun.len()).is_ok_and(|count| count >= PAGE);
        for (subject, text) in begun {
            if let Ok(change) = read_stored(&text) {
                self.recover(&change).await?;
            } else {
                let problem = Problem::internal("a change that had begun cannot be read");
                log_failure("conversation.begun", None, &problem);
            }
            self.log.forget_begun(&subject)?;
        }
        Ok(is_full)
    }

    async fn recover(self: &Rc<Self>, change: &BegunChange) -> Result<(), Problem> {
        match change {
            BegunChange::Member(change) => self.recover_member(change).await,
            BegunChange::Fields { by, actor_name, names, .. } => {
                let actor = Person { user_id: by.clone(), name: actor_name.clone() };
                self.recover_fields(change, &actor, names).await
            }
            BegunChange::Deletion => self.recover_deletion().await,
        }
    }

    async fn recover_member(self: &Rc<Self>, change: &MemberChange) -> Result<(), Problem> {
        let user = &change.person.user_id;
        let (tenant, conversation) = self.place_of()?;
        self.members.begin_change(user)?;
        let now_is = self.context.record()?.membership(&tenant, &conversation, user).await;
        self.members.end_change(user, now_is.as_ref().ok().and_then(Option::as_ref))?;
        let Some(change) = change.as_recorded(now_is.map_err(refused)?.as_ref()) else { return Ok(()) };
        if matches!(change.kind, MemberChangeKind::Left | MemberChangeKind::Removed | MemberChangeKind::Banned) {
            self.expel(user).await;
        }
        let actor = change.by.clone().unwrap_or_else(|| nameless(user));
        let actor = self.principal_of(&actor.user_id, actor.name, i64::MAX)?;
        self.member_change_made(By::echoed(&actor), change, &Value::Null)
    }

    /// Publishes the current value of the fields, whether or not this change set it.
    async fn recover_fields(
        self: &Rc<Self>,
        begun: &BegunChange,
        actor: &Person,
        names: &[String],
    ) -> Result<(), Problem> {
        let by = &actor.user_id;
        let (store, tenant, conversation) = self.record()?;
        let facts = store.facts(&tenant, &conversation).await.map_err(refused)?;
        let Some(facts) = facts else { return Ok(()) };
        self.posting_changed(facts.posting)?;
        self.place_changed(facts.place).await?;
        let mut fields = Map::new();
        if let Some(room) = &facts.room_id
            && let Some(room) = store.room(&tenant, room, by).await.map_err(refused)?
        {
            fields.insert("name".to_owned(), json!(room.name));
            fields.insert("description".to_owned(), json!(room.description));
            fields.insert("visibility".to_owned(), json!(room.visibility));
            fields.insert("post".to_owned(), json!(room.post));
            fields.insert("slow_mode_s".to_owned(), json!(room.slow_mode_s));
        } else if let Some(group) = store.conversation(&tenant, &conversation, by).await.map_err(refused)? {
            fields.insert("metadata".to_owned(), Value::Object(group.metadata));
        }
        fields.retain(|name, _| names.contains(name));
        let actor = self.principal_of(by, actor.name.clone(), i64::MAX)?;
        self.conversation_updated(By::echoed(&actor), begun, fields).map(drop)
    }

    async fn recover_deletion(self: &Rc<Self>) -> Result<(), Problem> {
        let (tenant, conversation) = self.place_of()?;
        if self.context.record()?.facts(&tenant, &conversation).await.map_err(refused)?.is_none() {
            self.is_deleted_now().await?;
        }
        Ok(())
    }

    /// The record has deleted the conversation: closes all connections and refuses later commands.
    pub(super) async fn is_deleted_now(self: &Rc<Self>) -> Result<(), Problem> {
        self.context.sql.keep_json("deleted_at", &self.context.now().millis())?;
        if let Some(loaded) = self.loaded.borrow_mut().as_mut() {
            loaded.deleted = true;
        }
        self.retry_scheduled()?;
        let here = self.sessions.borrow().user_ids();
        for user in here {
            self.dismiss_user(&user, CloseCode::Forbidden);
        }
        subscriptions::drop_listeners(self, Whose::Everybody, Problem::not_found().into()).await;
        Ok(())
    }
}
