//! Publishing to a crowd by HTTP: how many publishes come through, and how long one takes to the last socket.

use crate::Result;
use crate::crowd::{Crowd, Taken};
use crate::host::{CpuMeter, CpuShares};
use crate::latency::Latency;
use crate::pusher::Audience;
use futures_util::future::try_join_all;
use serde::Serialize;
use std::cell::Cell;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Between the last socket that came and the first publish: whoever counts sockets has done so by then.
const SETTLE: Duration = Duration::from_secs(2);

/// How much is published.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) subscribers: usize,
    /// Publishes in the measured stretch.
    pub(crate) publishes: usize,
    /// Publishes before it.
    pub(crate) warm_up: usize,
    /// Publishes under way at the same time: one is until it is answered and everybody has it.
    pub(crate) in_flight: usize,
    pub(crate) engine_pid: Option<u32>,
}

/// What came of it.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    subscribers: usize,
    publishes: usize,
    in_flight: usize,
    /// Frames that sockets got in the measured stretch.
    frames: usize,
    frame_bytes: usize,
    /// Frames that never came.
    missing: usize,
    /// Frames that came twice.
    doubled: usize,
    /// Frames that came after a later one, though they were published one after the other.
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
    let taken = publish_all(&crowd, plan.publishes, plan.in_flight).await?;
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
        // Those under way together have no order among them.
        disordered: if plan.in_flight == 1 { crowd.disordered.get() } else { 0 },
        seconds,
        publishes_per_second: per_second(plan.publishes),
        frames_per_second: per_second(frames),
        answer: Latency::of(taken.iter().map(|taken| taken.answer).collect()),
        last_delivery: Latency::of(taken.iter().filter_map(|taken| taken.last_delivery).collect()),
        error_count: crowd.error_count.get(),
        errors: crowd.errors.take(),
        cpu,
    })
}

async fn publish_all(crowd: &Crowd, count: usize, in_flight: usize) -> Result<Vec<Taken>> {
    let begun = Cell::new(0);
    let lanes = (0..in_flight).map(|_| async {
        let mut client = crowd.publisher().await?;
        let mut taken = Vec::new();
        while begun.get() < count {
            begun.set(begun.get() + 1);
            taken.push(crowd.publish(&mut client).await?);
        }
        Result::Ok(taken)
    });
    Ok(try_join_all(lanes).await?.concat())
}
