//! Publishing to a crowd over HTTP: throughput, and delivery time to the last socket.

use crate::Result;
use crate::crowd::{Crowd, Timing};
use crate::host::{CpuMeter, CpuShares};
use crate::latency::Latency;
use crate::pusher::Audience;
use futures_util::future::try_join_all;
use serde::Serialize;
use std::cell::Cell;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Pause between the last socket's connect and the first publish, in which the server reports its counts.
const SETTLE: Duration = Duration::from_secs(2);

/// The load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) subscribers: usize,
    /// Publishes in the measured stretch.
    pub(crate) publishes: usize,
    /// Publishes before the measurement.
    pub(crate) warm_up: usize,
    /// Concurrent publishes; one is complete when it is answered and all sockets have it.
    pub(crate) in_flight: usize,
    pub(crate) engine_pid: Option<u32>,
}

/// The measurement.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    subscribers: usize,
    publishes: usize,
    in_flight: usize,
    /// Frames that sockets received in the measured stretch.
    frames: usize,
    frame_bytes: usize,
    /// Missing frames.
    missing: usize,
    /// Frames received twice.
    doubled: usize,
    /// Frames received after a later one, for sequential publishes.
    disordered: usize,
    seconds: f64,
    publishes_per_second: f64,
    frames_per_second: f64,
    /// From the start of a request to its answer.
    answer: Option<Latency>,
    /// From the start of a request until the last socket had its frame.
    last_delivery: Option<Latency>,
    error_count: usize,
    errors: Vec<String>,
    cpu: CpuShares,
}

/// Runs a plan in the current `LocalSet`.
pub(crate) async fn run(audience: Audience, plan: Plan) -> Result<Report> {
    let crowd = Crowd::new(audience);
    crowd.join(plan.subscribers).await?;
    sleep(SETTLE).await;
    publish_all(&crowd, plan.warm_up, plan.in_flight).await?;

    let frames_before = crowd.frames.get();
    let meter = CpuMeter::start(plan.engine_pid);
    let started = Instant::now();
    let timings = publish_all(&crowd, plan.publishes, plan.in_flight).await?;
    let seconds = started.elapsed().as_secs_f64().max(f64::EPSILON);
    let cpu = meter.stop();
    crowd.leave();

    let frames = crowd.frames.get() - frames_before;
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    let per_second = |count: usize| count as f64 / seconds;
    Ok(Report {
        subscribers: plan.subscribers,
        publishes: plan.publishes,
        in_flight: plan.in_flight,
        frames,
        frame_bytes: crowd.frame_bytes.get(),
        missing: crowd.missing(),
        doubled: crowd.doubled.get(),
        // Concurrent publishes have no order.
        disordered: if plan.in_flight == 1 { crowd.disordered.get() } else { 0 },
        seconds,
        publishes_per_second: per_second(plan.publishes),
        frames_per_second: per_second(frames),
        answer: Latency::of(timings.iter().map(|timing| timing.answer).collect()),
        last_delivery: Latency::of(timings.iter().filter_map(|timing| timing.last_delivery).collect()),
        error_count: crowd.error_count.get(),
        errors: crowd.errors.take(),
        cpu,
    })
}

async fn publish_all(crowd: &Crowd, count: usize, in_flight: usize) -> Result<Vec<Timing>> {
    let started_count = Cell::new(0);
    let workers = (0..in_flight).map(|_| async {
        let mut client = crowd.publisher().await?;
        let mut timings = Vec::new();
        while started_count.get() < count {
            started_count.set(started_count.get() + 1);
            timings.push(crowd.publish(&mut client).await?);
        }
        Result::Ok(timings)
    });
    Ok(try_join_all(workers).await?.concat())
}
