//! Bytes of a request, on their way to the store.

use super::Object;
use super::body::{Body, End};
use super::queries::{parts, upload as statements};
use super::rows::Upload;
use crate::sql::{Param, int, optional, text};
use campana_core::files::content::{Content, HEAD_BYTES};
use campana_core::files::resumable::{PART_BYTES, UploadState, WriteUpload, tail_key};
use campana_core::shared::problem::{Kind, Problem};
use campana_runtime::files::{FileParts, Incoming, PartsOf};
use futures_channel::oneshot;
use futures_util::future::{LocalBoxFuture, join, ready};
use std::cell::RefCell;
use std::rc::Rc;

/// A part that the store has.
struct Stored {
    number: u32,
    tag: String,
}

/// A request that writes.
struct Writing {
    object: Rc<Object>,
    store: Rc<dyn FileParts>,
    /// The upload as it was before.
    before: Upload,
    /// Parts that are not committed, because the bytes were not checked yet. `None` if each is committed at once.
    unchecked: Option<RefCell<Vec<Stored>>>,
    /// What the first bytes show, while that is not stored.
    content: Option<Content>,
}

impl Object {
    /// Takes the bytes of a request. 409 if they are of another position, 423 while another request writes, 413 if there are too
    /// many, 460 if they have another checksum, 415 if their beginning shows a type that the app does not take.
    pub(super) async fn write(self: &Rc<Self>, write: WriteUpload, bytes: Incoming) -> Result<UploadState, Problem> {
        self.of(&write.of)?;
        let locked = || Problem::new(Kind::UploadLocked, "wait until the other request has ended");
        let flight = self.flight.begin().ok_or_else(locked)?;
        let before = self.of(&write.of)?;
        if write.offset != before.stored {
            return Err(Problem::new(Kind::Conflict, format!("the upload continues at {}", before.stored)));
        }
        if write.size.is_some_and(|size| size > before.length.saturating_sub(before.stored)) {
            return Err(Problem::new(Kind::TooLarge, "there are more bytes than Upload-Length says"));
        }
        self.as_task(flight, async move |object| object.take(before, &write, bytes).await).await
    }

    async fn take(
        self: Rc<Self>,
        before: Upload,
        write: &WriteUpload,
        bytes: Incoming,
    ) -> Result<UploadState, Problem> {
        let (stop, stopped) = oneshot::channel();
        *self.stop.borrow_mut() = Some(stop);
        let mut writing = Writing {
            store: self.context.file_parts()?,
            before,
            unchecked: write.checksum.as_ref().map(|_| RefCell::default()),
            content: None,
            object: Rc::clone(&self),
        };
        let mut body = Body::new(&self.context, bytes, write.checksum.as_ref(), stopped);
        let written = writing.all(&mut body).await;
        if matches!(&written, Err(problem) if problem.kind == Kind::UnsupportedMediaType) {
            self.delete().await?;
        }
        written?;
        let upload = self.stored()?.ok_or_else(Problem::not_found)?;
        if upload.is_whole() && upload.content.is_none() { self.seal().await } else { Ok(upload.state()) }
    }
}

impl Writing {
    /// Stores the bytes up to the end of the request.
    async fn all(&mut self, body: &mut Body) -> Result<(), Problem> {
        let length = self.before.length;
        let mut number = self.before.next_part();
        let mut start = self.before.stored.saturating_sub(self.before.tail);
        let mut parts = self.before.parts();
        let mut part = self.tail().await?;
        let mut storing: LocalBoxFuture<'_, Result<(), Problem>> = Box::pin(ready(Ok(())));
        let end = loop {
            let left = length.saturating_sub(start);
            let bytes = usize::try_from(left.min(PART_BYTES)).unwrap_or_default();
            part.reserve_exact(bytes.saturating_sub(part.len()));
            let (filled, stored) = join(body.fill(&mut part, bytes, left <= PART_BYTES), storing).await;
            stored?;
            let end = filled?;
            if end != End::Full {
                break end;
            }
            let content = (number == 1).then(|| Content::of(part.get(..HEAD_BYTES).unwrap_or(&part)));
            if let Some(content) = content {
                self.look(content)?;
            }
            let of = match parts.take() {
                Some(of) => of,
                None => self.begin_parts().await?,
            };
            parts = Some(of.clone());
            start = start.saturating_add(PART_BYTES);
            storing = Box::pin(self.put_part(of, number, std::mem::take(&mut part), start));
            number = number.saturating_add(1);
        };
        self.object.is_settling.set(true);
        self.settle(end, body, parts, number, start, part).await
    }

    /// Stores what is left when no more bytes come.
    async fn settle(
        &mut self,
        end: End,
        body: &mut Body,
        parts: Option<PartsOf>,
        number: u32,
        start: u64,
        part: Vec<u8>,
    ) -> Result<(), Problem> {
        if end == End::BrokenOff {
            self.object.failed(&self.before.of, "broken_off");
        }
        if self.unchecked.is_some() {
            // Bytes that cannot be checked do not count.
            if end != End::Complete {
                return Ok(());
            }
            if !body.is_right() {
                return Err(Problem::new(Kind::ChecksumMismatch, "send the bytes of this piece again"));
            }
        }
        let bytes = u64::try_from(part.len()).unwrap_or(u64::MAX);
        let position = start.saturating_add(bytes);
        if position <= self.before.stored {
            return Ok(());
        }
        let is_whole = position == self.before.length;
        if number == 1 && is_whole {
            self.look(Content::of(part.get(..HEAD_BYTES).unwrap_or(&part)))?;
        }
        self.check_type()?;
        let mut last = None;
        match parts {
            _ if bytes == 0 => {}
            Some(of) if is_whole => last = Some(Stored { number, tag: self.store.put_part(of, number, part).await? }),
            None if is_whole => self.store.put(self.before.key(), part).await?,
            _ => self.store.put(self.tail_key(number), part).await?,
        }
        let stored = self.unchecked.take().map(RefCell::into_inner).unwrap_or_default();
        let tail = if is_whole { 0 } else { bytes };
        self.commit(stored.into_iter().chain(last), position, tail)?;
        if number > self.before.next_part() || is_whole {
            self.forget_tail().await;
        }
        Ok(())
    }

    /// The bytes after the last part, which the store keeps apart.
    async fn tail(&self) -> Result<Vec<u8>, Problem> {
        if self.before.tail == 0 {
            return Ok(Vec::new());
        }
        let stored = self.store.read(self.tail_key(self.before.next_part())).await?.unwrap_or_default();
        let bytes = usize::try_from(self.before.tail).unwrap_or(usize::MAX);
        // There may be more, which was not committed.
        stored
            .get(..bytes)
            .map(<[u8]>::to_vec)
            .ok_or_else(|| Problem::unavailable("the store lacks bytes of this upload"))
    }

    fn tail_key(&self, number: u32) -> String {
        tail_key(&self.before.of.tenant, &self.before.of.id, number)
    }

    /// Deletes the tail that has become part of a part. One that stays is deleted with the file.
    async fn forget_tail(&self) {
        if self.before.tail > 0 {
            let _it_stays = self.store.delete(self.tail_key(self.before.next_part())).await;
        }
    }

    async fn begin_parts(&self) -> Result<PartsOf, Problem> {
        let parts = self.store.begin(self.before.key()).await?;
        self.object.sql.run(statements::BEGIN_PARTS, vec![text(self.before.of.id.as_str()), text(&parts.id)])?;
        Ok(parts)
    }

    /// Stores a part that ends at `end`.
    fn put_part(
        &self,
        of: PartsOf,
        number: u32,
        part: Vec<u8>,
        end: u64,
    ) -> impl Future<Output = Result<(), Problem>> + use<'_> {
        let put = self.store.put_part(of, number, part);
        async move {
            let stored = Stored { number, tag: put.await? };
            if let Some(unchecked) = &self.unchecked {
                unchecked.borrow_mut().push(stored);
                return Ok(());
            }
            self.commit([stored].into_iter(), end, 0)?;
            if number == self.before.next_part() {
                self.forget_tail().await;
            }
            Ok(())
        }
    }

    /// Notes parts and the position; from now on these bytes count.
    fn commit(&self, stored: impl Iterator<Item = Stored>, position: u64, tail: u64) -> Result<(), Problem> {
        let sql = &self.object.sql;
        let number = |bytes: u64| int(i64::try_from(bytes).unwrap_or(i64::MAX));
        sql.transaction(|| {
            for Stored { number, tag } in stored {
                sql.run(parts::ADD, vec![int(i64::from(number)), text(&tag)])?;
            }
            let id = text(self.before.of.id.as_str());
            sql.run(statements::ADVANCE, vec![id, number(position), number(tail)])
        })
    }

    /// Notes what the beginning shows, once the bytes are checked.
    fn look(&mut self, content: Content) -> Result<(), Problem> {
        self.content = Some(content);
        if self.unchecked.is_some() { Ok(()) } else { self.check_type() }
    }

    /// Stores what the beginning shows. 415 if the app does not take it.
    fn check_type(&mut self) -> Result<(), Problem> {
        let Some(content) = self.content.take() else { return Ok(()) };
        if !self.before.settings.takes(content.content_type) {
            let detail = format!("this app takes no files of the type {}", content.content_type);
            return Err(Problem::new(Kind::UnsupportedMediaType, detail));
        }
        let (width, height) = content.dimensions.unzip();
        let pixels = |side: Option<u32>| side.map_or(Param::Null, |side| int(i64::from(side)));
        let id = text(self.before.of.id.as_str());
        let params = vec![id, optional(Some(content.content_type)), pixels(width), pixels(height)];
        self.object.sql.run(statements::DESCRIBE, params)
    }
}
