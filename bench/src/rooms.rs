//! Latency of authorization: reading a room as a member and as a stranger.

use crate::http::Client;
use crate::latency::Latency;
use crate::people;
use crate::token::Issuer;
use crate::{BenchError, Result};
use hyper::StatusCode;
use serde::Serialize;

/// Uncounted calls before the measurement.
const WARM_UP: usize = 20;

/// The load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) requests: usize,
    /// Number of private rooms and of users. User n is a member of room n and the next ones, and not of room n + rooms / 2.
    pub(crate) rooms: usize,
    /// Number of this run: each run reads other rooms.
    pub(crate) run: usize,
}

/// Times of single calls, one after the other.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// Reads by a member.
    allowed: Option<Latency>,
    /// Reads by a stranger.
    refused: Option<Latency>,
}

/// Runs a plan in the current `LocalSet`. `authority` is `host:port`.
pub(crate) async fn run(authority: &str, issuer: &Issuer, plan: Plan) -> Result<Report> {
    let mut client = Client::connect(authority).await?;
    let (mut allowed, mut refused) = (Vec::new(), Vec::new());
    let calls = WARM_UP + plan.requests;
    // A large stride, so that successive calls do not read neighbouring rows.
    let stride = (plan.rooms / calls).max(1) * 7 + 1;
    for number in 0..calls {
        let person = (plan.run * calls + number) * stride % plan.rooms;
        let token = issuer.token(&people::name(person));
        // The isolate records an unknown user first, which is not part of the measurement.
        client.get("/api/me", &token).await?;
        for (room, expected, times) in [
            (person, StatusCode::OK, &mut allowed),
            ((person + plan.rooms / 2) % plan.rooms, StatusCode::NOT_FOUND, &mut refused),
        ] {
            let path = format!("/api/chat/rooms/01910000-0000-7000-8000-{room:012x}");
            let answer = client.get(&path, &token).await?;
            if answer.status != expected {
                let reason = String::from_utf8_lossy(&answer.body).into_owned();
                return Err(BenchError::Page(format!("{path} by {person}: {}: {reason}", answer.status)));
            }
            if number >= WARM_UP {
                times.push(answer.elapsed);
            }
        }
    }
    Ok(Report { allowed: Latency::of(allowed), refused: Latency::of(refused) })
}
