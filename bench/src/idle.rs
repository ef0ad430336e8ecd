//! Memory of idle sockets.

use crate::host;
use crate::people;
use crate::protocol::{Protocol, Socket};
use crate::{BenchError, Result};
use futures_util::StreamExt as _;
use serde::Serialize;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// The load: the number of sockets, and the pause before memory is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) sockets: usize,
    pub(crate) settle: Duration,
    pub(crate) engine_pid: u32,
}

/// Resident memory of the engine.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    sockets: usize,
    /// With one socket open, which includes the object and its code.
    before_bytes: u64,
    /// Maximum while the sockets connected and settled.
    peak_bytes: u64,
    after_bytes: u64,
    bytes_per_socket: f64,
    /// Time to open all sockets.
    connect_seconds: f64,
}

/// Runs a plan in the current `LocalSet`.
pub(crate) async fn run(protocol: Protocol, plan: Plan) -> Result<Report> {
    let resident = || host::resident_bytes(plan.engine_pid).ok_or(BenchError::NoMemoryReading);
    let first = people::connect_all(&protocol, 0..=0).await?;
    drain(first);
    sleep(Duration::from_secs(1)).await;
    let before_bytes = resident()?;

    let started = Instant::now();
    let mut peak_bytes = before_bytes;
    let mut opened = 0;
    while opened < plan.sockets {
        let upto = (opened + 100).min(plan.sockets);
        drain(people::connect_all(&protocol, opened + 1..=upto).await?);
        opened = upto;
        peak_bytes = peak_bytes.max(resident()?);
    }
    let connect_seconds = started.elapsed().as_secs_f64();
    let settled = Instant::now() + plan.settle;
    while Instant::now() < settled {
        sleep(Duration::from_millis(500)).await;
        peak_bytes = peak_bytes.max(resident()?);
    }
    let after_bytes = resident()?;
    #[expect(clippy::cast_precision_loss, reason = "bytes and counts are far below 2^52")]
    let bytes_per_socket = (after_bytes as f64 - before_bytes as f64) / plan.sockets as f64;
    Ok(Report { sockets: plan.sockets, before_bytes, peak_bytes, after_bytes, bytes_per_socket, connect_seconds })
}

/// Keeps sockets open and discards received frames until the process ends.
fn drain(sockets: Vec<Socket>) {
    for mut socket in sockets {
        tokio::task::spawn_local(async move {
            while let Some(Ok(_frame)) = socket.next().await {}
            eprintln!("a socket that should be idle was closed");
        });
    }
}
