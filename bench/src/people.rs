//! The bench's users: `bench-0`, `bench-1`, ... as the runner seeds them.

use crate::Result;
use crate::protocol::{Protocol, Socket};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

/// Sockets opened at the same time.
const CONNECTING_AT_ONCE: usize = 16;

/// Id and name of a user.
pub(crate) fn name(number: usize) -> String {
    format!("bench-{number}")
}

/// Opens one socket for each of these users.
pub(crate) async fn connect_all(protocol: &Protocol, numbers: std::ops::RangeInclusive<usize>) -> Result<Vec<Socket>> {
    let sockets = stream::iter(numbers)
        .map(|number| async move { protocol.connect(&name(number)).await })
        .buffered(CONNECTING_AT_ONCE)
        .try_collect()
        .await?;
    Ok(sockets)
}
