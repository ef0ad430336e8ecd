//! Sequential alerts, each resolved before the next: time from the request that raises an alert until the last dashboard has it.

use crate::crowd::{Crowd, Timing};
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

/// Pause between the last dashboard's connect and the first alert.
const SETTLE: Duration = Duration::from_secs(2);
/// Interval at which the engine's processor use is sampled, and the share of one core below which it counts as idle.
const SAMPLE_EVERY: Duration = Duration::from_millis(100);
const RESTING_SHARE: f64 = 0.11;
/// Longest wait for an idle engine.
const LONGEST_REST: Duration = Duration::from_secs(10);

/// The load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) dashboards: usize,
    /// Measured alerts.
    pub(crate) alerts: usize,
    /// Alerts before the measurement.
    pub(crate) warm_up: usize,
    /// Pause between an alert's end and the next alert.
    pub(crate) pause: Pause,
    /// Whether to print `ready` once the dashboards are connected, and to continue when standard input ends.
    pub(crate) waits: bool,
    pub(crate) engine_pid: Option<u32>,
}

/// The pause between alerts.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pause {
    /// Until the engine is idle.
    Rest,
    /// A fixed time, for measurements with another load.
    For(Duration),
}

/// The measurement.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    dashboards: usize,
    alerts: usize,
    /// Frames that dashboards received in the measured stretch, of alerts and their ends.
    frames: usize,
    frame_bytes: usize,
    /// Frames that a baseline can replay: of a raised alert and of its end.
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
    /// Each value of `last_delivery`, in order.
    last_deliveries_ms: Vec<f64>,
    /// The same for the ends of alerts.
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
        let _end = flow::end_of_input().await;
    }

    let frames_before = crowd.frames.get();
    let (mut raised, mut ended): (Vec<Timing>, Vec<Timing>) = (Vec::new(), Vec::new());
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
    let last = |timings: &[Timing]| Latency::of(timings.iter().filter_map(|timing| timing.last_delivery).collect());
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
        answer: Latency::of(raised.iter().map(|timing| timing.answer).collect()),
        last_delivery: last(&raised),
        last_deliveries_ms: raised
            .iter()
            .filter_map(|timing| Some(timing.last_delivery?.as_secs_f64() * 1_000.0))
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
        (Pause::Rest, None) => sleep(SAMPLE_EVERY).await,
        (Pause::Rest, Some(pid)) => {
            let deadline = Instant::now() + LONGEST_REST;
            while Instant::now() < deadline {
                let meter = CpuMeter::start(Some(pid));
                sleep(SAMPLE_EVERY).await;
                if meter.stop().engine.is_none_or(|share| share < RESTING_SHARE) {
                    return;
                }
            }
        }
    }
}

/// The load of the idle measurement.
#[derive(Debug, Clone)]
pub(crate) struct IdlePlan {
    pub(crate) dashboards: usize,
    pub(crate) settle: Duration,
    pub(crate) watch: Duration,
    /// Path of the server's counters, an object of numbers.
    pub(crate) counts: String,
    pub(crate) engine_pid: Option<u32>,
}

/// Counters of an idle period.
#[derive(Debug, Serialize)]
pub(crate) struct IdleReport {
    dashboards: usize,
    /// Increase of each counter while the dashboards connected, which proves that it counts.
    arriving: Counts,
    /// Increase of each counter while idle.
    idle: Counts,
    watch_seconds: f64,
    bytes_per_dashboard: Option<f64>,
    /// Delivery time of the first alert after it to the last dashboard.
    first_delivery_ms: Option<f64>,
    missing: usize,
    doubled: usize,
    disordered: usize,
    error_count: usize,
    errors: Vec<String>,
    cpu: CpuShares,
}

type Counts = BTreeMap<String, i64>;

/// Runs a plan in the current `LocalSet`: dashboards connect, only ping, and then get one alert.
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
        arriving: increase(&before, &settled),
        idle: increase(&settled, &after),
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

fn increase(before: &Counts, after: &Counts) -> Counts {
    after.iter().map(|(name, count)| (name.clone(), count - before.get(name).unwrap_or(&0))).collect()
}
