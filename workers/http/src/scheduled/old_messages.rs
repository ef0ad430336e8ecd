//! Messages of apps that keep them for a number of days only. Their objects' logs are made due with them.
//!
//! The first step finds the apps; after it each takes away from one conversation of one app, app by app in turn.

use super::job::{Failure, Job, Step};
use super::overdue::{cutoff, overdue};
use crate::App;
use crate::ports::BoxFuture;
use campana_storage::{Keeping, StorageError};
use std::collections::VecDeque;

/// Messages in one step at most.
const ROWS: u32 = 500;

/// The apps that are still to be served, once they are known.
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

/// Takes away from the conversation that has the oldest. `None` if no conversation has any.
async fn purge(app: &App, next: &Keeping) -> Result<Option<u64>, StorageError> {
    let (store, now) = (app.store(), app.now());
    let before = cutoff(next, now);
    let Some(conversation) = store.conversation_with_messages_before(&next.tenant, before).await? else {
        return Ok(None);
    };
    store.purge_messages(&next.tenant, &conversation, before, now, ROWS).await.map(Some)
}
