//! `GET /api/admin/alert-webhooks`: lists all webhooks, without their secrets.

use super::{all, only_administrators};
use crate::identity::Caller;
use crate::request::Page;
use crate::response::{Outcome, ok};

pub(crate) async fn handle(caller: Caller) -> Outcome {
    only_administrators(&caller)?;
    ok(&Page { data: all(&caller).await?, next_cursor: None })
}
