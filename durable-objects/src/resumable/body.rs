//! The body of a request, cut into parts.

use campana_core::files::checksum::{Checksum, ChecksumCheck};
use campana_core::shared::problem::{Kind, Problem};
use campana_runtime::Context;
use campana_runtime::files::Incoming;
use futures_channel::oneshot;
use futures_util::StreamExt;
use futures_util::future::{Either, LocalBoxFuture, select};

/// Time without a byte after which a request ends, so that its client can resume by another one, milliseconds.
pub(super) const IDLE_MS: u32 = 10_000;

/// Why no more bytes come for a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The part is full.
    Full,
    /// The body ended.
    Complete,
    /// The body broke off.
    BrokenOff,
    /// The request was stopped, or stalled.
    Stopped,
}

/// A body that is being read.
pub(super) struct Body {
    pieces: Incoming,
    /// Bytes that did not fit into the last part.
    rest: Vec<u8>,
    check: Option<ChecksumCheck>,
    context: Context,
    stopped: oneshot::Receiver<()>,
    idle: LocalBoxFuture<'static, ()>,
    /// Whether a piece came since the time of `idle` began.
    is_moving: bool,
}

impl Body {
    pub(super) fn new(
        context: &Context,
        pieces: Incoming,
        checksum: Option<&Checksum>,
        stopped: oneshot::Receiver<()>,
    ) -> Self {
        Self {
            pieces,
            rest: Vec::new(),
            check: checksum.map(Checksum::check),
            idle: Box::pin(context.sleep(IDLE_MS)),
            context: context.clone(),
            stopped,
            is_moving: false,
        }
    }

    /// Fills a part up to so many bytes. After the last part, 413 if there are more.
    pub(super) async fn fill(&mut self, part: &mut Vec<u8>, bytes: usize, is_last: bool) -> Result<End, Problem> {
        loop {
            let room = bytes.saturating_sub(part.len()).min(self.rest.len());
            let more = self.rest.split_off(room);
            part.extend_from_slice(&std::mem::replace(&mut self.rest, more));
            if part.len() == bytes && !is_last {
                return Ok(End::Full);
            }
            if !self.rest.is_empty() {
                return Err(Problem::new(Kind::TooLarge, "there are more bytes than Upload-Length says"));
            }
            match self.next().await {
                Ok(piece) => {
                    if let Some(check) = &mut self.check {
                        check.update(&piece);
                    }
                    self.rest = piece;
                }
                Err(end) => return Ok(end),
            }
        }
    }

    /// Whether the bytes have the checksum that the request states, if it does.
    pub(super) fn is_right(&mut self) -> bool {
        self.check.take().is_none_or(ChecksumCheck::is_right)
    }

    async fn next(&mut self) -> Result<Vec<u8>, End> {
        loop {
            let ends = select(&mut self.stopped, &mut self.idle);
            match select(self.pieces.next(), ends).await {
                Either::Left((Some(Ok(piece)), _)) => {
                    self.is_moving = true;
                    return Ok(piece);
                }
                Either::Left((Some(Err(_)), _)) => return Err(End::BrokenOff),
                Either::Left((None, _)) => return Err(End::Complete),
                Either::Right((Either::Right(((), _)), _)) if self.is_moving => {
                    self.is_moving = false;
                    self.idle = Box::pin(self.context.sleep(IDLE_MS));
                }
                Either::Right(_) => return Err(End::Stopped),
            }
        }
    }
}
