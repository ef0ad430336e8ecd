//! Pages of external servers: HTML only, each address checked, also those of redirects, with one time-out for all of it.

use crate::context::Context;
use crate::http::Failure;
use crate::ports::{Document, Reading};
use campana_core::shared::address::{check_page_url, redirected};
use futures_util::future::{Either, select};
use std::pin::pin;

/// Time-out for a page with its redirects, milliseconds.
const TIMEOUT_MS: u32 = 5_000;
/// Most bytes of a page that are read; the rest is left out.
const MAX_BYTES: usize = 1024 * 1024;
/// Most redirects.
const MAX_REDIRECTS: usize = 3;
/// How the server sees the reader. No cookie, no identity, no referrer.
const HEADERS: [(&str, &str); 3] = [
    ("user-agent", "Campana-LinkPreview/1.0"),
    ("accept", "text/html,application/xhtml+xml"),
    ("accept-language", "*"),
];

/// A page that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRead {
    /// The address that it came from, after redirects.
    pub address: String,
    /// Its `content-type`.
    pub content_type: String,
    /// Its beginning.
    pub body: Vec<u8>,
}

impl Context {
    /// Reads the page that a link leads to.
    pub async fn page(&self, link: &str) -> Result<PageRead, Failure> {
        match select(pin!(self.follow(link)), pin!(self.host().sleep(TIMEOUT_MS))).await {
            Either::Left((page, _)) => page,
            Either::Right(_) => Err(Failure::TimedOut),
        }
    }

    async fn follow(&self, link: &str) -> Result<PageRead, Failure> {
        let mut address = check_page_url(link, self.reach()).ok_or(Failure::NotAllowed)?;
        for _ in 0..=MAX_REDIRECTS {
            let headers = HEADERS.into_iter().map(|(name, value)| (name.into(), value.to_owned())).collect();
            let reading = Reading { url: address.clone(), headers, max_bytes: MAX_BYTES };
            let document = self.host().get(reading).await.map_err(|()| Failure::Unreachable)?;
            let Document { status, location, content_type, body } = document;
            match (status, location) {
                (200, _) => return Ok(PageRead { address, content_type, body }),
                (301 | 302 | 303 | 307 | 308, Some(location)) => {
                    address = redirected(&address, &location, self.reach()).ok_or(Failure::NotAllowed)?;
                }
                (status, _) => return Err(Failure::Answered(status)),
            }
        }
        Err(Failure::NotAllowed)
    }
}
