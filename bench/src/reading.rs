//! Latency of reading: the newest page of a history, and connecting to a conversation.

use crate::http::{Answer, Client};
use crate::latency::Latency;
use crate::people;
use crate::protocol::{ChatFrame, Protocol};
use crate::token::Issuer;
use crate::{BenchError, Result};
use futures_util::StreamExt as _;
use hyper::StatusCode;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;

/// Uncounted calls before the measurement.
const WARM_UP: usize = 10;

/// The load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) pages: usize,
    pub(crate) connects: usize,
    /// Number of the conversation's members; each connect uses another one, spread over all.
    pub(crate) members: usize,
    /// Number of this run: each run uses other members.
    pub(crate) run: usize,
}

/// Times of single calls, one after the other.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// `GET` of the newest page, on one connection.
    page: Option<Latency>,
    /// From the TCP connect to `welcome`, for a user whom the object has not cached.
    connect: Option<Latency>,
}

#[derive(Deserialize)]
struct Page {
    data: Vec<IgnoredAny>,
}

/// Runs a plan in the current `LocalSet`. `authority` is `host:port`.
pub(crate) async fn run(authority: &str, conversation: &str, issuer: Issuer, plan: Plan) -> Result<Report> {
    let page = Latency::of(read_pages(authority, conversation, &issuer, plan.pages).await?);
    let origin = format!("ws://{authority}");
    let protocol = Protocol::Campana { origin, conversation: conversation.to_owned(), issuer };
    let connect = Latency::of(connect_people(&protocol, plan).await?);
    Ok(Report { page, connect })
}

async fn read_pages(authority: &str, conversation: &str, issuer: &Issuer, count: usize) -> Result<Vec<Duration>> {
    let mut client = Client::connect(authority).await?;
    let path = format!("/api/chat/conversations/{conversation}/messages");
    let token = issuer.token(&people::name(0));
    let mut times = Vec::with_capacity(count);
    for number in 0..WARM_UP + count {
        let Answer { status, body, elapsed } = client.get(&path, &token).await?;
        let messages = serde_json::from_slice::<Page>(&body).map_or(0, |page| page.data.len());
        if status != StatusCode::OK || messages == 0 {
            return Err(BenchError::Page(format!("{status}: {}", String::from_utf8_lossy(&body))));
        }
        if number >= WARM_UP {
            times.push(elapsed);
        }
    }
    Ok(times)
}

async fn connect_people(protocol: &Protocol, plan: Plan) -> Result<Vec<Duration>> {
    let calls = WARM_UP + plan.connects;
    let stride = (plan.members / (calls * RUNS_WITHOUT_REPEATS)).max(1);
    let mut times = Vec::with_capacity(plan.connects);
    for number in 0..calls {
        let person = (plan.run * calls + number) * stride % plan.members;
        let started = Instant::now();
        let mut socket = protocol.connect(&people::name(person)).await?;
        let mut welcomed = false;
        while !welcomed {
            match socket.next().await {
                Some(Ok(Message::Text(text))) => {
                    protocol.parse(text.as_str(), |content| welcomed |= content == ChatFrame::Welcome);
                }
                Some(Ok(_)) => {}
                other => {
                    return Err(BenchError::NotWelcomed(format!("{}: {other:?}", people::name(person))));
                }
            }
        }
        if number >= WARM_UP {
            times.push(started.elapsed());
        }
        socket.close(None).await?;
    }
    Ok(times)
}

/// Number of runs for which the members suffice without a repeat.
const RUNS_WITHOUT_REPEATS: usize = 30;
