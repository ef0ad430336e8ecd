//! The `ResumableUpload` object: one upload by tus 1.0, from its creation until it is a file, was ended, or expires.
//!
//! The body of each request reaches the object as a stream. It keeps one part of it in memory, and one more while the store takes
//! it ([`writing`]). What is shorter than a part is stored too, as a file of its own, when the request ends or breaks off, and is
//! read back by the next one. When all bytes are there, the parts become the file, which is read once for its SHA-256
//! ([`sealing`]). The record is not the object's concern: the function that serves the last request notes the file there.
//!
//! **Atomicity.** Bytes count once the store has them and the position is committed, in one transaction with the part's tag. The
//! tail has a name for each part, and only grows while that part is not stored, so that the store may have more of it than was
//! committed, never other bytes. At most one request writes at a time.
//!
//! **What survives hibernation.** In SQLite: the upload, its position, the parts' tags. What a lost instance had in memory was not
//! acknowledged; the client sends it again. The alarm removes the upload when it expires.

mod body;
mod queries;
mod rows;
mod sealing;
#[cfg(test)]
mod tests;
mod writing;

#[cfg(test)]
pub(crate) use queries::FILES;

use crate::platform::log_failure;
use crate::sql::{Sql, int, json, text};
use campana_core::accounts::metrics::UPLOADS;
use campana_core::files::resumable::{BeginUpload, OfUpload, RESUMABLE_MS, UploadState, WriteUpload, tail_key};
use campana_core::shared::problem::Problem;
use campana_runtime::files::Incoming;
use campana_runtime::instance::{Instance, answer, read_request};
use campana_runtime::metrics;
use campana_runtime::notify::Notify;
use campana_runtime::ports::Answer;
use campana_runtime::single_flight::{Flight, SingleFlight};
use campana_runtime::sql::Tables;
use campana_runtime::{Context, Hosted};
use campana_schema::objects::RESUMABLE;
use futures_channel::oneshot;
use queries::upload;
use rows::Upload;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Delay of the alarm's next attempt after the store failed, milliseconds.
const AGAIN_MS: i64 = 60_000;

/// An upload. Requests: `/begin` with [`BeginUpload`], `/read` and `/end` with [`OfUpload`]; bytes with [`WriteUpload`].
pub(crate) struct Object {
    sql: Sql,
    context: Context,
    tables: Tables,
    flight: SingleFlight,
    /// Stops the request that writes, which then stores what it has.
    stop: RefCell<Option<oneshot::Sender<()>>>,
    /// Whether the request that writes has its last bytes, and stores them.
    is_settling: Cell<bool>,
    /// Notifies those who wait that no request writes any more.
    freed: Notify,
}

impl Hosted for Object {
    fn context(&self) -> &Context {
        &self.context
    }
}

impl Instance for Object {
    fn start(context: Context) -> Rc<Self> {
        let sql = context.sql.clone();
        Rc::new(Self {
            tables: Tables::new(sql.clone(), &RESUMABLE),
            flight: SingleFlight::default(),
            stop: RefCell::default(),
            is_settling: Cell::default(),
            freed: Notify::default(),
            sql,
            context,
        })
    }

    async fn request(self: &Rc<Self>, path: &str, body: &str) -> Answer {
        match path {
            "/begin" => answer(body, async |begin: BeginUpload| self.begin(&begin)).await,
            "/read" => answer(body, async |of: OfUpload| self.read(&of).await).await,
            "/end" => answer(body, async |of: OfUpload| self.end(&of).await).await,
            _ => Answer::problem(&Problem::not_found()),
        }
    }

    async fn receive(self: &Rc<Self>, call: &str, bytes: Incoming) -> Answer {
        let outcome = match read_request::<WriteUpload>(call) {
            Ok(write) => self.write(write, bytes).await,
            Err(problem) => Err(problem),
        };
        Answer::json(&outcome)
    }

    async fn alarm(self: &Rc<Self>) {
        self.context.alarm().fired();
        if let Err(problem) = self.expire().await {
            log_failure("resumable.expire", None, &problem);
            self.wake_at(self.context.now().plus_millis(AGAIN_MS));
        }
    }
}

impl Object {
    /// Stores what the upload is. Once more, it answers with the state.
    fn begin(&self, begin: &BeginUpload) -> Result<UploadState, Problem> {
        self.context.file_parts()?;
        self.tables.make()?;
        let expires_at = begin.created_at.plus_millis(RESUMABLE_MS);
        let params = vec![
            text(begin.of.id.as_str()),
            text(begin.of.tenant.as_str()),
            text(begin.of.user.as_str()),
            text(&begin.name),
            text(&begin.metadata),
            int(i64::try_from(begin.length).unwrap_or(i64::MAX)),
            json(&begin.settings),
            int(begin.created_at.millis()),
            int(expires_at.millis()),
        ];
        self.sql.run(upload::BEGIN, params)?;
        self.wake_at(expires_at);
        Ok(self.of(&begin.of)?.state())
    }

    /// The upload, for who began it and until it expires; 404 for everybody else.
    fn of(&self, of: &OfUpload) -> Result<Upload, Problem> {
        let is_theirs = |upload: &Upload| upload.of == *of && self.context.now() < upload.expires_at;
        self.stored()?.filter(is_theirs).ok_or_else(Problem::not_found)
    }

    fn stored(&self) -> Result<Option<Upload>, Problem> {
        if !self.tables.exist() {
            return Ok(None);
        }
        self.sql.find(upload::GET, [], rows::upload)
    }

    /// The upload's state. What a request is just storing is waited for; what all bytes are is found out, if a lost instance
    /// did not.
    async fn read(self: &Rc<Self>, of: &OfUpload) -> Result<UploadState, Problem> {
        self.of(of)?;
        if self.is_settling.get() {
            self.is_free().await;
        }
        let upload = self.of(of)?;
        if upload.is_whole() && upload.content.is_none() {
            return match self.flight.begin() {
                Some(flight) => self.as_task(flight, async |object| object.seal().await).await,
                None => Ok(upload.state()),
            };
        }
        Ok(upload.state())
    }

    /// Ends the upload. Bytes that are not a file yet are deleted; a file stays.
    async fn end(self: &Rc<Self>, of: &OfUpload) -> Result<UploadState, Problem> {
        let state = self.of(of)?.state();
        self.remove().await?;
        Ok(state)
    }

    async fn expire(self: &Rc<Self>) -> Result<(), Problem> {
        let Some(upload) = self.stored()? else { return Ok(()) };
        if self.context.now() < upload.expires_at {
            self.wake_at(upload.expires_at);
            return Ok(());
        }
        self.remove().await?;
        if upload.content.is_none() {
            self.failed(&upload.of, "expired");
        }
        Ok(())
    }

    /// Stops the request that writes, and deletes everything but a file that is complete.
    async fn remove(self: &Rc<Self>) -> Result<(), Problem> {
        let flight = loop {
            if let Some(flight) = self.flight.begin() {
                break flight;
            }
            self.stop();
            self.is_free().await;
        };
        let removed = self.as_task(flight, async |object| object.delete().await).await;
        removed.map(drop)
    }

    async fn delete(&self) -> Result<UploadState, Problem> {
        let upload = self.stored()?.ok_or_else(Problem::not_found)?;
        if upload.content.is_none() {
            let store = self.context.file_parts()?;
            if let Some(parts) = upload.parts() {
                store.abandon(parts).await?;
            }
            if upload.tail > 0 {
                store.delete(tail_key(&upload.of.tenant, &upload.of.id, upload.next_part())).await?;
            }
            if upload.is_whole() {
                store.delete(upload.key()).await?;
            }
        }
        self.sql.delete_all();
        self.tables.forget();
        Ok(upload.state())
    }

    /// Runs a task that holds the upload to its end, also if the caller disconnects.
    async fn as_task<T: 'static>(
        self: &Rc<Self>,
        flight: Flight,
        act: impl AsyncFnOnce(Rc<Self>) -> Result<T, Problem> + 'static,
    ) -> Result<T, Problem> {
        let (sender, receiver) = oneshot::channel();
        self.spawn(async move |object| {
            let outcome = act(Rc::clone(&object)).await;
            drop(flight);
            object.stop.take();
            object.is_settling.set(false);
            object.freed.notify_waiters();
            let _caller_left = sender.send(outcome);
        });
        receiver.await.unwrap_or_else(|_| Err(Problem::unavailable("the upload was interrupted")))
    }

    /// Waits until nothing holds the upload.
    async fn is_free(&self) {
        if self.flight.is_running() {
            self.freed.notified().await;
        }
    }

    /// Tells the request that writes to end.
    fn stop(&self) {
        if let Some(stop) = self.stop.take() {
            let _it_ended = stop.send(());
        }
    }

    /// Counts an upload that failed, or was interrupted.
    fn failed(&self, of: &OfUpload, outcome: &'static str) {
        metrics::count(&of.tenant, |counts| counts.add(&UPLOADS, &["resumable", outcome], 1));
        metrics::report_soon(&self.context, &of.tenant);
    }
}
