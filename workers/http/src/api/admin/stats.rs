//! `GET /api/admin/stats`: current metrics of the app.

use crate::api::metrics::Readings;
use crate::identity::Caller;
use crate::response::{Outcome, ok, uncached};

pub(crate) async fn handle(caller: Caller) -> Outcome {
    Ok(uncached(ok(&Readings::take(&caller).await?)?))
}
