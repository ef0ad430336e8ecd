//! A record whose answers take some turns of the world, so that calls that overlap are answered in any order. As on the
//! platform, a call leaves when its turn is over and the turn's writes are durable.

use campana_storage::{Database, Row, Statement, StorageError};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;

/// Turns that an answer takes at most; it takes at least one.
const MOST_TURNS: u64 = 6;

type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StorageError>> + Send + 'a>>;

pub(crate) struct Slow {
    record: Arc<dyn Database>,
    state: AtomicU64,
}

impl Slow {
    pub(crate) fn new(record: Arc<dyn Database>, seed: u64) -> Self {
        Self { record, state: AtomicU64::new(seed | 1) }
    }

    async fn wait(&self) {
        // The high bits of a linear congruential generator.
        let next = |state: u64| state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let state = self.state.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |state| Some(next(state)));
        for _ in 0..=(state.unwrap_or_default() >> 33) % MOST_TURNS {
            let mut is_first = true;
            std::future::poll_fn(|context| {
                context.waker().wake_by_ref();
                if std::mem::take(&mut is_first) { Poll::Pending } else { Poll::Ready(()) }
            })
            .await;
        }
    }
}

impl Database for Slow {
    fn query(&self, statement: Statement) -> Answer<'_, Vec<Row>> {
        Box::pin(async move {
            self.wait().await;
            self.record.query(statement).await
        })
    }

    fn batch(&self, statements: Vec<Statement>) -> Answer<'_, Vec<Vec<Row>>> {
        Box::pin(async move {
            self.wait().await;
            self.record.batch(statements).await
        })
    }
}
