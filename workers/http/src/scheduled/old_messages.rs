//! Purge of messages past their app's retention, for apps that limit it. The trim of the objects' logs is scheduled
//! together with it.
//!
//! The first step finds the apps. Each later step takes the next app and purges some messages of one conversation.

use super::job::{Failure, Job, Step};
use super::overdue::{cutoff, overdue};
use crate::App;
use crate::ports::BoxFuture;
use campana_storage::{Keeping, StorageError};
use std::collections::VecDeque;

/// Maximum number of messages per step.
const ROWS: u32 = 500;

/// Apps that remain to be purged; `None` until the first step.
#[derive(Default)]
pub(super) struct OldMessages {
    apps: Option<VecDeque<Keeping>>,
}

impl Job for OldMessages {
    fn step<'a>(&'a mut self, app: &'a App) -> BoxFuture<'a, Result<Step, Failure>> {
        Box::pin(async move {
            let Some(apps) = &mut self.apps else {
                let found = overdue(app.store(), |s, after, n| Box::pin(s.apps_keeping_messages(after, n)), app.now());
                let apps = self.apps.insert(found.await?);
                return Ok(Step { purged: 0, more: !apps.is_empty() });
            };
            let Some(next) = apps.pop_front() else { return Ok(Step { purged: 0, more: false }) };
            match purge(app, &next).await {
                Ok(purged) => {
                    apps.extend(purged.map(|_| next));
                    Ok(Step { purged: purged.unwrap_or(0), more: !apps.is_empty() })
                }
                Err(error) => Err(Failure { error, more: !apps.is_empty() }),
            }
        })
    }
}

/// Purges messages of a conversation that has old ones. `None` if there is none.
async fn purge(app: &App, next: &Keeping) -> Result<Option<u64>, StorageError> {
    let (store, now) = (app.store(), app.now());
    let before = cutoff(next, now);
    let Some(conversation) = store.conversation_with_messages_before(&next.tenant, before).await? else {
        return Ok(None);
    };
    store.purge_messages(&next.tenant, &conversation, before, now, ROWS).await.map(Some)
}
