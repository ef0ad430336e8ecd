//! Processor use and the engine's resident memory. Shares are of one core: 1.0 is one core busy all the time. Values that need
//! `/proc` are `None` on systems without it.

use cpu_time::ProcessTime;
use serde::Serialize;
use std::time::{Duration, Instant};

/// Clock ticks of `/proc`, the same on every Linux that Rust's standard library supports.
const TICKS_PER_SECOND: u64 = 100;

/// Processor use over a measured stretch.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct CpuShares {
    /// Length of the stretch.
    pub(crate) seconds: f64,
    /// This load generator.
    pub(crate) generator: f64,
    /// The engine under test.
    pub(crate) engine: Option<f64>,
    /// All other processes: noise in the figures.
    pub(crate) others: Option<f64>,
}

/// Counters at the start of a stretch.
pub(crate) struct CpuMeter {
    engine_pid: Option<u32>,
    started: Instant,
    generator: ProcessTime,
    engine: Option<Duration>,
    machine: Option<Duration>,
}

impl CpuMeter {
    pub(crate) fn start(engine_pid: Option<u32>) -> Self {
        Self {
            engine_pid,
            started: Instant::now(),
            generator: ProcessTime::now(),
            engine: engine_pid.and_then(process_time),
            machine: machine_time(),
        }
    }

    pub(crate) fn stop(&self) -> CpuShares {
        let wall = self.started.elapsed().as_secs_f64().max(f64::EPSILON);
        let generator = self.generator.elapsed().as_secs_f64() / wall;
        let share = |before: Option<Duration>, after: Option<Duration>| {
            Some(after?.saturating_sub(before?).as_secs_f64() / wall)
        };
        let engine = share(self.engine, self.engine_pid.and_then(process_time));
        let machine = share(self.machine, machine_time());
        let others = machine.zip(engine).map(|(all, engine)| (all - engine - generator).max(0.0));
        CpuShares { seconds: wall, generator, engine, others }
    }
}

/// Resident memory of a process, bytes.
pub(crate) fn resident_bytes(pid: u32) -> Option<u64> {
    let output = std::process::Command::new("ps").args(["-o", "rss=", "-p", &pid.to_string()]).output().ok()?;
    let kibibytes: u64 = String::from_utf8(output.stdout).ok()?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// Processor time that a process has used.
fn process_time(pid: u32) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the command in brackets with any characters; the rest are numbers.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let user: u64 = fields.get(11)?.parse().ok()?;
    let system: u64 = fields.get(12)?.parse().ok()?;
    Some(of_ticks(user + system))
}

/// Processor time of the whole machine, without idle and I/O wait.
fn machine_time() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/stat").ok()?;
    let fields: Vec<u64> = stat.lines().next()?.split_whitespace().skip(1).filter_map(|n| n.parse().ok()).collect();
    let total: u64 = fields.iter().take(8).sum();
    Some(of_ticks(total - fields.get(3)? - fields.get(4)?))
}

fn of_ticks(ticks: u64) -> Duration {
    Duration::from_millis(ticks * 1000 / TICKS_PER_SECOND)
}
