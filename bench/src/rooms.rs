//! What it costs to be told that one may see a room, or may not.

use crate::http::Client;
use crate::latency::Latency;
use crate::people;
use crate::token::Issuer;
use crate::{BenchError, Result};
use hyper::StatusCode;
use serde::Serialize;

/// Calls that are made first and not counted.
const WARM_UP: usize = 20;

/// How many ask, and among how many.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) requests: usize,
    /// Private rooms; as many people. Each is in their own and the next ones, and not in the one half way round.
    pub(crate) rooms: usize,
    /// Number of this run: each run asks for others.
    pub(crate) run: usize,
}

/// Times of single calls, one after the other.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// A member looks at a room.
    allowed: Option<Latency>,
    /// Somebody else does.
    refused: Option<Latency>,
}

/// Runs a plan in the current `LocalSet`. `authority` is `host:port`.
pub(crate) async fn run(authority: &str, issuer: &Issuer, plan: Plan) -> Result<Report> {
    let mut client = Client::connect(authority).await?;
    let (mut allowed, mut refused) = (Vec::new(), Vec::new());
    let calls = WARM_UP + plan.requests;
    // Far apart, so that neighbours in the tables are not neighbours in time.
    let stride = (plan.rooms / calls).max(1) * 7 + 1;
    for number in 0..calls {
        let person = (plan.run * calls + number) * stride % plan.rooms;
        let token = issuer.token(&people::name(person));
        // Whom the isolate has not seen yet it records first, which is another thing.
        client.get("/api/me", &token).await?;
        for (room, expected, times) in [
            (person, StatusCode::OK, &mut allowed),
            ((person + plan.rooms / 2) % plan.rooms, StatusCode::NOT_FOUND, &mut refused),
        ] {
            let path = format!("/api/chat/rooms/01910000-0000-7000-8000-{room:012x}");
            let answer = client.get(&path, &token).await?;
            if answer.status != expected {
                let said = String::from_utf8_lossy(&answer.body).into_owned();
                return Err(BenchError::Page(format!("{path} by {person}: {}: {said}", answer.status)));
            }
            if number >= WARM_UP {
                times.push(answer.elapsed);
            }
        }
    }
    Ok(Report { allowed: Latency::of(allowed), refused: Latency::of(refused) })
}
