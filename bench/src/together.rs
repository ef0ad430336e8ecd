//! Everybody in a conversation acts at once: all send a message, then all react to the newest one.

use crate::host::{CpuMeter, CpuShares};
use crate::people;
use crate::protocol::{self, Protocol, Socket};
use crate::{BenchError, Result};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _, future};
use serde::{Deserialize, Serialize};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::tungstenite::Message;

/// Silence between two rounds.
const QUIET: Duration = Duration::from_millis(300);
/// Time-out of welcomes and of one round.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Characters of a message's body.
const BODY_CHARS: usize = 100;

/// The load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) people: usize,
    /// Measured rounds of each kind.
    pub(crate) rounds: usize,
    /// Rounds of each kind before them.
    pub(crate) warm_up: usize,
    pub(crate) engine_pid: Option<u32>,
}

/// The measurement.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    people: usize,
    rounds: usize,
    sends: Share,
    reactions: Share,
    errors: Vec<String>,
}

/// What one kind of act took.
#[derive(Debug, Default, Serialize)]
struct Share {
    /// Events that others received.
    events: usize,
    /// Frames with these events: fewer if the server batches.
    frames: usize,
    /// Events received twice, or after a later one.
    disordered: usize,
    /// Sum of the rounds, each from the first act to the last event.
    seconds: f64,
    events_per_second: f64,
    /// Processor time of the engine, in microseconds an event.
    engine_us_per_event: Option<f64>,
}

/// What a person does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Send,
    React,
}

/// State shared by all tasks of a run, on one thread.
#[derive(Default)]
struct Board {
    welcomed: Cell<usize>,
    /// The act of this round.
    act: Cell<Option<Act>>,
    /// Events of others, of this round.
    arrived: Cell<usize>,
    frames: Cell<usize>,
    disordered: Cell<usize>,
    last_arrival: Cell<Option<Instant>>,
    last_received: Cell<Option<Instant>>,
    /// Id of the newest message.
    newest: RefCell<String>,
    /// All sockets receive the same texts, so that the last one is parsed once.
    last_read: RefCell<(String, Rc<[Seen]>)>,
    errors: RefCell<Vec<String>>,
    changed: Notify,
}

/// Content of a frame.
enum Seen {
    Welcome,
    Event { act: Act, seq: u64, id: String, by: String },
    Error,
    Other,
}

/// Runs a plan in the current `LocalSet`.
pub(crate) async fn run(protocol: Protocol, plan: Plan) -> Result<Report> {
    let board = Rc::new(Board::default());
    let mut sinks = Vec::with_capacity(plan.people);
    for (number, socket) in people::connect_all(&protocol, 0..=plan.people - 1).await?.into_iter().enumerate() {
        let (sink, stream) = socket.split();
        tokio::task::spawn_local(listen(Rc::clone(&board), stream, people::name(number)));
        sinks.push(sink);
    }
    let all_welcomed = board.wait_for(|board| board.welcomed.get() == plan.people);
    timeout(TIMEOUT, all_welcomed).await.map_err(|_| BenchError::NotWelcomed(board.errors.borrow().join("; ")))?;

    let (mut sends, mut reactions) = (Share::default(), Share::default());
    let (mut of_sends, mut of_reactions) = (Some(0.0), Some(0.0));
    for round in 0..plan.warm_up + plan.rounds {
        for act in [Act::Send, Act::React] {
            let newest = board.newest.borrow().clone();
            let frames = (0..plan.people).map(|person| frame(act, round, person, &newest)).collect();
            let cpu = board.round(act, &mut sinks, frames, plan.engine_pid).await?;
            if round >= plan.warm_up {
                let (share, engine) =
                    if act == Act::Send { (&mut sends, &mut of_sends) } else { (&mut reactions, &mut of_reactions) };
                share.events += board.arrived.get();
                share.frames += board.frames.get();
                share.disordered += board.disordered.get();
                share.seconds += cpu.0;
                *engine = engine.zip(cpu.1.engine).map(|(sum, engine)| sum + engine * cpu.1.seconds);
            }
        }
    }
    Ok(Report {
        people: plan.people,
        rounds: plan.rounds,
        sends: sends.ended(of_sends),
        reactions: reactions.ended(of_reactions),
        errors: board.errors.take(),
    })
}

fn frame(act: Act, round: usize, person: usize, newest: &str) -> String {
    match act {
        Act::Send => {
            let body = "x".repeat(BODY_CHARS);
            format!(r#"{{"type":"send","client_msg_id":"{round}-{person}","body":"{body}"}}"#)
        }
        Act::React => format!(r#"{{"type":"react","id":"{newest}","emoji":"👍"}}"#),
    }
}

/// Receives on one socket until it ends. Events must arrive in the order of their positions.
async fn listen(board: Rc<Board>, mut stream: SplitStream<Socket>, own: String) {
    let mut last = 0;
    loop {
        match stream.next().await {
            Some(Ok(Message::Text(text))) => {
                let mut has_event = false;
                for seen in board.read(text.as_str()).iter() {
                    match seen {
                        Seen::Welcome => board.welcomed.set(board.welcomed.get() + 1),
                        Seen::Event { act, seq, id, by } => {
                            if *act == Act::Send {
                                board.newest.replace(id.clone());
                            }
                            if *seq <= last {
                                board.disordered.set(board.disordered.get() + 1);
                            }
                            last = *seq;
                            if *by != own && board.act.get() == Some(*act) {
                                has_event = true;
                                board.arrived.set(board.arrived.get() + 1);
                                board.last_arrival.set(Some(Instant::now()));
                            }
                        }
                        Seen::Error => board.errors.borrow_mut().push(text.as_str().to_owned()),
                        Seen::Other => {}
                    }
                }
                board.frames.set(board.frames.get() + usize::from(has_event));
            }
            Some(Ok(Message::Close(close))) => return board.errors.borrow_mut().push(format!("closed: {close:?}")),
            Some(Ok(_)) => {}
            Some(Err(error)) => return board.errors.borrow_mut().push(format!("socket failed: {error}")),
            None => return board.errors.borrow_mut().push("socket ended".to_owned()),
        }
        board.last_received.set(Some(Instant::now()));
        board.changed.notify_waiters();
    }
}

impl Board {
    /// All people act at once. Resolves when all others have every event, with the seconds that took.
    async fn round(
        &self,
        act: Act,
        sinks: &mut [SplitSink<Socket, Message>],
        frames: Vec<String>,
        engine_pid: Option<u32>,
    ) -> Result<(f64, CpuShares)> {
        let expected = sinks.len() * (sinks.len() - 1);
        self.rest().await;
        self.act.set(Some(act));
        self.arrived.set(0);
        self.frames.set(0);
        self.disordered.set(0);
        let meter = CpuMeter::start(engine_pid);
        let started = Instant::now();
        let sending = sinks.iter_mut().zip(frames).map(|(sink, frame)| sink.send(Message::text(frame)));
        future::try_join_all(sending).await?;
        let all = self.wait_for(|board| board.arrived.get() >= expected);
        if timeout(TIMEOUT, all).await.is_err() {
            let (arrived, errors) = (self.arrived.get(), self.errors.borrow().join("; "));
            return Err(BenchError::Lost(format!("{arrived} of {expected} events of {act:?}: {errors}")));
        }
        let seconds = self.last_arrival.get().unwrap_or(started).duration_since(started).as_secs_f64();
        Ok((seconds, meter.stop()))
    }

    async fn wait_for(&self, is_reached: impl Fn(&Self) -> bool) {
        loop {
            let changed = self.changed.notified();
            if is_reached(self) {
                return;
            }
            changed.await;
        }
    }

    /// Waits until nothing has arrived for a moment.
    async fn rest(&self) {
        let mut quiet_since = Instant::now();
        loop {
            quiet_since = quiet_since.max(self.last_received.get().unwrap_or(quiet_since));
            if quiet_since.elapsed() >= QUIET {
                return;
            }
            sleep(QUIET / 4).await;
        }
    }

    fn read(&self, text: &str) -> Rc<[Seen]> {
        let mut last = self.last_read.borrow_mut();
        if last.0 != text {
            *last = (text.to_owned(), parse(text).into());
        }
        Rc::clone(&last.1)
    }
}

impl Share {
    fn ended(mut self, engine_seconds: Option<f64>) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
        let events = self.events as f64;
        self.events_per_second = events / self.seconds.max(f64::EPSILON);
        self.engine_us_per_event = engine_seconds.map(|seconds| seconds * 1_000_000.0 / events.max(1.0));
        self
    }
}

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(rename = "type")]
    frame_type: Option<&'a str>,
    event: Option<&'a str>,
    id: Option<&'a str>,
    seq: Option<u64>,
    partial: Option<Partial<'a>>,
}

/// Who caused an event.
#[derive(Deserialize)]
struct Partial<'a> {
    sender_id: Option<&'a str>,
    user_id: Option<&'a str>,
}

fn parse(frame: &str) -> Vec<Seen> {
    protocol::items::<Item<'_>>(frame).map_or_else(|_| vec![Seen::Error], |items| items.iter().map(seen).collect())
}

fn seen(item: &Item<'_>) -> Seen {
    let act = match (item.frame_type, item.event) {
        (Some("welcome"), _) => return Seen::Welcome,
        (Some("error" | "reset"), _) => return Seen::Error,
        (_, Some("message.created")) => Act::Send,
        (_, Some("reaction.added")) => Act::React,
        _ => return Seen::Other,
    };
    let by = item.partial.as_ref().and_then(|partial| partial.sender_id.or(partial.user_id));
    match (item.seq, item.id, by) {
        (Some(seq), Some(id), Some(by)) => Seen::Event { act, seq, id: id.to_owned(), by: by.to_owned() },
        _ => Seen::Error,
    }
}
