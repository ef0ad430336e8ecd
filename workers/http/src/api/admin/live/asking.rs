//! Questions to the objects that hold connections.

use crate::identity::Caller;
use campana_core::live::{Holder, HoldersOf, ListHolders, LiveAnswer, LiveQuestion};
use campana_core::shared::problem::Problem;
use futures_util::future::{Either, select};
use futures_util::{StreamExt, stream};
use std::pin::pin;

/// Objects asked for one page.
pub(super) const OBJECTS: u32 = 20;
/// Time-out of a question, milliseconds.
const PATIENCE_MS: u32 = 2_000;

/// Objects with connections, ordered by lease, and the lease after the last one.
pub(super) async fn holders(
    caller: &Caller,
    of: HoldersOf,
    from: String,
) -> Result<(Vec<Holder>, Option<String>), Problem> {
    let asked = ListHolders { of, from, limit: OBJECTS.saturating_add(1) };
    let mut holders = caller.app.live().holders(caller.tenant(), asked).await?;
    let most = usize::try_from(OBJECTS).unwrap_or(usize::MAX);
    let next = holders.get(most).map(|holder| holder.source.clone());
    holders.truncate(most);
    Ok((holders, next))
}

/// The object with this lease. 404 if it has no connections.
pub(super) async fn holder(caller: &Caller, source: String) -> Result<Holder, Problem> {
    let asked = ListHolders { of: HoldersOf::Lease(source), from: String::new(), limit: 1 };
    let found = caller.app.live().holders(caller.tenant(), asked).await?;
    found.into_iter().next().ok_or_else(Problem::not_found)
}

/// Asks an object. 503 if it does not answer within [`PATIENCE_MS`].
pub(super) async fn ask(caller: &Caller, holder: &Holder, question: LiveQuestion) -> Result<LiveAnswer, Problem> {
    let answer = caller.app.live().ask(caller.tenant(), holder, question);
    match select(answer, pin!(caller.app.clock().sleep(PATIENCE_MS))).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => Err(Problem::unavailable("the object did not answer in time")),
    }
}

/// Asks objects in parallel; answers in their order.
pub(super) async fn ask_all(
    caller: &Caller,
    holders: Vec<Holder>,
    question: impl Fn(&Holder) -> LiveQuestion,
) -> Vec<(Holder, Result<LiveAnswer, Problem>)> {
    let ask = |holder: Holder| {
        let question = question(&holder);
        async move {
            let answer = ask(caller, &holder, question).await;
            (holder, answer)
        }
    };
    let most = usize::try_from(OBJECTS).unwrap_or(usize::MAX);
    stream::iter(holders).map(ask).buffered(most).collect().await
}
