//! What a draft or a reply names: the first message of its thread, the message it quotes, and the members it mentions.

use super::commands::By;
use super::{Object, refused};
use campana_core::chat::command::Draft;
use campana_core::chat::conversation::{Annotated, Parent, References};
use campana_core::chat::flush::FlushedMessage;
use campana_core::chat::mentions::{Known, Wanted};
use campana_core::files::{Attachment, MAX_ATTACHMENTS};
use campana_core::shared::ids::{FileId, MessageId};
use campana_core::shared::problem::{Kind, Problem};
use campana_storage::FileClaim;

impl Object {
    /// The messages and members that a draft names, or none if the draft repeats a committed send: that is answered even if the messages
    /// are deleted by now.
    pub(super) async fn references_of_new(&self, by: By<'_>, draft: &Draft) -> Result<References, Problem> {
        let wanted = Wanted::in_text(&draft.body);
        let names_messages = draft.parent_id.is_some() || draft.quote_id.is_some();
        if !names_messages && wanted.is_empty() && draft.attachments.is_empty() {
            return Ok(References::default());
        }
        if let Some(key) = draft.client_msg_id.as_deref()
            && self.log.prior(&by.principal.user_id, key)?.is_some()
        {
            return Ok(References::default());
        }
        // A user who may not read here must not learn which messages are here.
        self.view_as(by).await?;
        let people = self.mentioned(&wanted).await?;
        let files = self.claimed_files(by, draft).await?;
        let references = if names_messages { self.references(by, draft).await? } else { References::default() };
        Ok(References { people, files, ..references })
    }

    /// The members among ids and names. Without an answer of the record, the text mentions nobody: the message is not lost.
    pub(super) async fn mentioned(&self, wanted: &Wanted) -> Result<Known, Problem> {
        if wanted.is_empty() {
            return Ok(Known::default());
        }
        let (tenant, conversation) = self.names()?;
        let known = self.context.record()?.mentioned(&tenant, &conversation, wanted).await;
        Ok(known.unwrap_or_else(|error| {
            tracing::warn!(at = "conversation.mentions", detail = %error);
            Known::default()
        }))
    }

    /// Those of the draft's files that are the sender's and not refused. The record keeps them for this conversation until the flush
    /// writes which message has them.
    pub(super) async fn claimed_files(&self, by: By<'_>, draft: &Draft) -> Result<Vec<Attachment>, Problem> {
        let ids: Vec<FileId> =
            draft.attachments.iter().take(MAX_ATTACHMENTS).filter_map(|id| FileId::parse(id)).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let (tenant, conversation) = self.names()?;
        let claim = FileClaim { tenant: &tenant, uploader: &by.principal.user_id, conversation: &conversation };
        self.context.record()?.claim_files(claim, &ids, self.context.now()).await.map_err(refused)
    }

    /// The messages of this conversation that a draft names. Those that are not here are left out, and the rules refuse the
    /// draft. Before it decides, the caller reads their present state with [`Self::refresh`].
    async fn references(&self, by: By<'_>, draft: &Draft) -> Result<References, Problem> {
        let quote = match &draft.quote_id {
            Some(id) => self.known_row(id).await?,
            None => None,
        };
        let Some(id) = &draft.parent_id else { return Ok(References { quote, ..References::default() }) };
        let Some(row) = self.known_row(id).await? else { return Ok(References { quote, ..References::default() }) };
        let root = row.message.thread_id.clone().unwrap_or_else(|| row.message.id.clone());
        let root = found(self.annotated(by, root.as_str()).await)?;
        let parent = root.map(|(root, _)| Parent { row, root });
        Ok(References { parent, quote, ..References::default() })
    }

    /// The same messages in their present state, from the object's own tables.
    pub(super) fn refresh(&self, by: By<'_>, references: References) -> Result<References, Problem> {
        let References { parent, quote, people, files } = references;
        let present = |row: FlushedMessage| Ok::<_, Problem>(self.log.current(&row.message.id)?.unwrap_or(row));
        let parent = parent.map(|Parent { row, root }| {
            Ok::<_, Problem>(Parent { row: present(row)?, root: self.present_root(by, root)? })
        });
        Ok(References { parent: parent.transpose()?, quote: quote.map(present).transpose()?, people, files })
    }

    /// The same message with its annotations in their present state.
    pub(super) fn present_root(&self, by: By<'_>, root: Annotated) -> Result<Annotated, Problem> {
        let Annotated { row, view } = root;
        let row = self.log.current(&row.message.id)?.unwrap_or(row);
        let view = self.annotations.present(&row.message.id, &by.principal.user_id)?.unwrap_or(view);
        Ok(Annotated { row, view })
    }

    /// The first message of the thread that a reply is in; `None` if it is no reply, or the first message is purged.
    pub(super) async fn root_of(&self, by: By<'_>, row: &FlushedMessage) -> Result<Option<Annotated>, Problem> {
        let Some(root) = &row.message.thread_id else { return Ok(None) };
        found(self.annotated(by, root.as_str()).await.map(|(root, _)| root))
    }

    async fn known_row(&self, id: &str) -> Result<Option<FlushedMessage>, Problem> {
        let Some(id) = MessageId::parse(id) else { return Ok(None) };
        found(self.message_row(&id).await)
    }
}

/// `None` for 404.
fn found<T>(result: Result<T, Problem>) -> Result<Option<T>, Problem> {
    match result {
        Err(problem) if problem.kind == Kind::NotFound => Ok(None),
        other => other.map(Some),
    }
}
