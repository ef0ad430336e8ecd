//! Idle subscribers: memory per socket, processor time while they only ping, and the first delivery after the server's objects
//! hibernate.

use crate::crowd::Crowd;
use crate::host::{self, CpuMeter, CpuShares};
use crate::pusher::Audience;
use crate::{BenchError, Result};
use serde::Serialize;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Publishes after the first, for comparison.
const NEXT: usize = 9;
/// Sockets opened between two samples of the memory.
const STEP: usize = 100;

/// The load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) subscribers: usize,
    /// Pause before memory is read.
    pub(crate) settle: Duration,
    /// Time during which processor use is measured, after that.
    pub(crate) watch: Duration,
    pub(crate) engine_pid: Option<u32>,
}

/// The measurement. Memory needs the engine's process id.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    subscribers: usize,
    memory: Option<Memory>,
    connect_seconds: f64,
    /// While idle.
    cpu: CpuShares,
    /// Processor milliseconds of the engine per minute.
    engine_ms_per_minute: Option<f64>,
    /// Delivery time of the first publish to its last socket.
    first_delivery_ms: Option<f64>,
    /// Median of the publishes directly after it.
    next_delivery_ms: Option<f64>,
    missing: usize,
    doubled: usize,
    disordered: usize,
    error_count: usize,
    errors: Vec<String>,
}

/// Resident memory of the engine.
#[derive(Debug, Serialize)]
struct Memory {
    /// With one socket open.
    before_bytes: u64,
    /// Maximum while the other sockets connected.
    peak_bytes: u64,
    after_bytes: u64,
    bytes_per_socket: f64,
}

/// Runs a plan in the current `LocalSet`.
pub(crate) async fn run(audience: Audience, plan: Plan) -> Result<Report> {
    let crowd = Crowd::new(audience);
    crowd.join(1).await?;
    sleep(Duration::from_secs(1)).await;
    let before = resident(plan.engine_pid)?;

    let started = Instant::now();
    let mut peak = before;
    let mut open = 0;
    while open < plan.subscribers {
        let more = STEP.min(plan.subscribers - open);
        crowd.join(more).await?;
        open += more;
        peak = peak.max(resident(plan.engine_pid)?);
    }
    let connect_seconds = started.elapsed().as_secs_f64();
    sleep(plan.settle).await;
    let after = resident(plan.engine_pid)?;

    let meter = CpuMeter::start(plan.engine_pid);
    sleep(plan.watch).await;
    let cpu = meter.stop();

    let mut publisher = crowd.publisher().await?;
    let first = crowd.publish(&mut publisher).await?;
    let mut next = Vec::with_capacity(NEXT);
    for _ in 0..NEXT {
        next.extend(crowd.publish(&mut publisher).await?.last_delivery);
    }
    next.sort_unstable();
    crowd.leave();

    #[expect(clippy::cast_precision_loss, reason = "bytes and counts are far below 2^52")]
    let memory = before.zip(after).map(|(before, after)| Memory {
        before_bytes: before,
        peak_bytes: peak.unwrap_or(after).max(after),
        after_bytes: after,
        bytes_per_socket: (after as f64 - before as f64) / plan.subscribers as f64,
    });
    Ok(Report {
        subscribers: plan.subscribers,
        memory,
        connect_seconds,
        engine_ms_per_minute: cpu.engine.map(|share| share * 60_000.0),
        cpu,
        first_delivery_ms: first.last_delivery.map(milliseconds),
        next_delivery_ms: next.get(next.len() / 2).copied().map(milliseconds),
        missing: crowd.missing(),
        doubled: crowd.doubled.get(),
        disordered: crowd.disordered.get(),
        error_count: crowd.error_count.get(),
        errors: crowd.errors.take(),
    })
}

/// Memory of the engine; `None` without a process id.
fn resident(pid: Option<u32>) -> Result<Option<u64>> {
    pid.map(|pid| host::resident_bytes(pid).ok_or(BenchError::NoMemoryReading)).transpose()
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}
