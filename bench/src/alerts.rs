//! Alerts one after the other, each ended before the next: how long one takes from the request that raises it until the last
//! dashboard has it.

use crate::crowd::{Crowd, Taken};
use crate::flow;
use crate::host::{self, CpuMeter, CpuShares};
use crate::latency::Latency;
use crate::pusher::Audience;
use crate::{BenchError, Result};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Between the last dashboard that came and the first alert.
const SETTLE: Duration = Duration::from_secs(2);
/// How often it is looked whether the engine rests, and what of one core it may still use.
const LOOK: Duration = Duration::from_millis(100);
const RESTING_SHARE: f64 = 0.11;
/// An engine that has other things to do is not waited for longer.
const LONGEST_REST: Duration = Duration::from_secs(10);

/// How many dashboards, and how many alerts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) dashboards: usize,
    /// Alerts that are measured.
    pub(crate) alerts: usize,
    /// Alerts before them.
    pub(crate) warm_up: usize,
    /// Between an alert's end and the next alert.
    pub(crate) pause: Pause,
    /// Whether it says `ready` on the standard output when the dashboards are there, and goes on when the standard input
    /// ends.
    pub(crate) waits: bool,
    pub(crate) engine_pid: Option<u32>,
}

/// What is waited for between alerts.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pause {
    /// That the engine has nothing left to do.
    Rest,
    /// Nothing but time: something else goes on.
    For(Duration),
}

/// What came of it.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    dashboards: usize,
    alerts: usize,
    /// Frames that dashboards got in the measured stretch, of alerts and their ends.
    frames: usize,
    frame_bytes: usize,
    /// Frames that another server can hand on: of an alert that is raised, and of its end.
    templates: [String; 2],
    missing: usize,
    doubled: usize,
    disordered: usize,
    connect_seconds: f64,
    seconds: f64,
    /// From the start of the request that raises an alert to its answer.
    answer: Option<Latency>,
    /// From the same moment until the last dashboard had its frame.
    last_delivery: Option<Latency>,
    /// Each of them, in order.
    last_deliveries_ms: Vec<f64>,
    /// The same of the ends of alerts.
    end_delivery: Option<Latency>,
    error_count: usize,
    errors: Vec<String>,
    cpu: CpuShares,
}

/// Runs a plan in the current `LocalSet`.
pub(crate) async fn run(audience: Audience, plan: Plan) -> Result<Report> {
    let crowd = Crowd::new(audience);
    let connecting = Instant::now();
    crowd.join(plan.dashboards).await?;
    let connect_seconds = connecting.elapsed().as_secs_f64();
    sleep(SETTLE).await;
    let mut client = crowd.publisher().await?;
    for _ in 0..plan.warm_up {
        for _ in 0..2 {
            crowd.publish(&mut client).await?;
        }
        wait(plan).await;
    }

    if plan.waits {
        println!("ready");
        let _whatever_ended_it = flow::end_of_input().await;
    }

    let frames_before = crowd.frames.get();
    let (mut raised, mut ended): (Vec<Taken>, Vec<Taken>) = (Vec::new(), Vec::new());
    let mut templates = [String::new(), String::new()];
    let meter = CpuMeter::start(plan.engine_pid);
    let started = Instant::now();
    for _ in 0..plan.alerts {
        raised.push(crowd.publish(&mut client).await?);
        templates[0] = crowd.template();
        let frame_bytes = crowd.frame_bytes.get();
        ended.push(crowd.publish(&mut client).await?);
        templates[1] = crowd.template();
        crowd.frame_bytes.set(frame_bytes);
        wait(plan).await;
    }
    let seconds = started.elapsed().as_secs_f64();
    let cpu = meter.stop();
    crowd.leave();
    let last = |taken: &[Taken]| Latency::of(taken.iter().filter_map(|taken| taken.last_delivery).collect());
    Ok(Report {
        dashboards: plan.dashboards,
        alerts: plan.alerts,
        frames: crowd.frames.get() - frames_before,
        frame_bytes: crowd.frame_bytes.get(),
        templates,
        missing: crowd.missing(),
        doubled: crowd.doubled.get(),
        disordered: crowd.disordered.get(),
        connect_seconds,
        seconds,
        answer: Latency::of(raised.iter().map(|taken| taken.answer).collect()),
        last_delivery: last(&raised),
        last_deliveries_ms: raised
            .iter()
            .filter_map(|taken| Some(taken.last_delivery?.as_secs_f64() * 1_000.0))
            .collect(),
        end_delivery: last(&ended),
        error_count: crowd.error_count.get(),
        errors: crowd.errors.take(),
        cpu,
    })
}

async fn wait(plan: Plan) {
    match (plan.pause, plan.engine_pid) {
        (Pause::For(time), _) => sleep(time).await,
        (Pause::Rest, None) => sleep(LOOK).await,
        (Pause::Rest, Some(pid)) => {
            let deadline = Instant::now() + LONGEST_REST;
            while Instant::now() < deadline {
                let meter = CpuMeter::start(Some(pid));
                sleep(LOOK).await;
                if meter.stop().engine.is_none_or(|share| share < RESTING_SHARE) {
                    return;
                }
            }
        }
    }
}

/// How many dashboards, and for how long nothing happens.
#[derive(Debug, Clone)]
pub(crate) struct IdlePlan {
    pub(crate) dashboards: usize,
    pub(crate) settle: Duration,
    pub(crate) watch: Duration,
    /// Where the server says what it has counted, as an object of numbers.
    pub(crate) counts: String,
    pub(crate) engine_pid: Option<u32>,
}

/// What was counted while nothing happened.
#[derive(Debug, Serialize)]
pub(crate) struct IdleReport {
    dashboards: usize,
    /// What each count rose by while the dashboards came: a count that does not rise counts nothing.
    arriving: Counts,
    /// What each count rose by while nothing happened.
    idle: Counts,
    watch_seconds: f64,
    bytes_per_dashboard: Option<f64>,
    /// The first alert after it, to its last dashboard.
    first_delivery_ms: Option<f64>,
    missing: usize,
    doubled: usize,
    disordered: usize,
    error_count: usize,
    errors: Vec<String>,
    cpu: CpuShares,
}

type Counts = BTreeMap<String, i64>;

/// Runs a plan in the current `LocalSet`: dashboards come, do nothing but ping, and then there is an alert.
pub(crate) async fn idle(audience: Audience, plan: IdlePlan) -> Result<IdleReport> {
    let crowd = Crowd::new(audience);
    let mut client = crowd.publisher().await?;
    crowd.join(1).await?;
    let memory_before = plan.engine_pid.and_then(host::resident_bytes);
    let before = counts(&mut client, &plan.counts).await?;
    crowd.join(plan.dashboards - 1).await?;
    sleep(plan.settle).await;
    let memory_after = plan.engine_pid.and_then(host::resident_bytes);
    let settled = counts(&mut client, &plan.counts).await?;
    let meter = CpuMeter::start(plan.engine_pid);
    sleep(plan.watch).await;
    let cpu = meter.stop();
    let after = counts(&mut client, &plan.counts).await?;
    let first = crowd.publish(&mut client).await?;
    crowd.publish(&mut client).await?;
    crowd.leave();
    #[expect(clippy::cast_precision_loss, reason = "bytes and counts are far below 2^52")]
    let bytes_per_dashboard =
        memory_before.zip(memory_after).map(|(before, after)| (after as f64 - before as f64) / plan.dashboards as f64);
    Ok(IdleReport {
        dashboards: plan.dashboards,
        arriving: risen(&before, &settled),
        idle: risen(&settled, &after),
        watch_seconds: cpu.seconds,
        bytes_per_dashboard,
        first_delivery_ms: first.last_delivery.map(|time| time.as_secs_f64() * 1_000.0),
        missing: crowd.missing(),
        doubled: crowd.doubled.get(),
        disordered: crowd.disordered.get(),
        error_count: crowd.error_count.get(),
        errors: crowd.errors.take(),
        cpu,
    })
}

async fn counts(client: &mut crate::http::Client, path: &str) -> Result<Counts> {
    client.stay_open().await?;
    let answer = client.get(path, "").await?;
    let counted: BTreeMap<String, Value> = serde_json::from_slice(&answer.body)
        .map_err(|_| BenchError::Page(format!("{path}: {}: no counts", answer.status)))?;
    Ok(counted.into_iter().filter_map(|(name, count)| Some((name, count.as_i64()?))).collect())
}

fn risen(before: &Counts, after: &Counts) -> Counts {
    after.iter().map(|(name, count)| (name.clone(), count - before.get(name).unwrap_or(&0))).collect()
}
