//! Readers that stop reading while others write: the server's memory, how the readers' connections end, and the delivery
//! delay of a bystander, a client that uses the same transport and goes on reading.

use crate::host::{self, CpuMeter, CpuShares};
use crate::http;
use crate::latency::Latency;
use crate::people;
use crate::protocol::{Protocol, Socket};
use crate::pusher;
use crate::{BenchError, Result};
use futures_util::{SinkExt as _, StreamExt as _};
use http_body_util::BodyExt as _;
use hyper::Response;
use hyper::body::Incoming;
use serde::Serialize;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, timeout};
use tokio_tungstenite::tungstenite::Message;

/// The character that fills a message, three bytes in UTF-8.
const FILLING: char = '\u{8a9e}';
/// Characters of filling in a message; the limit of a body is 4,000.
const BODY_CHARS: usize = 3_900;
/// Prefix of a writer's message body; the bystander searches frames for it.
const LOAD: &str = "load-";
/// Prefix of a probe's body.
const PROBE: &str = "probe-";
/// Interval between two probes.
const PROBE_EVERY: Duration = Duration::from_millis(100);
/// Interval at which memory is sampled.
const SAMPLE_EVERY: Duration = Duration::from_millis(250);
/// Pause between the last connection and the first message.
const SETTLE: Duration = Duration::from_secs(2);
/// If the bystander receives nothing for this long, missing messages count as lost.
const LOST_AFTER: Duration = Duration::from_secs(10);
/// After the load, paused readers read for this long; a connection that has not ended by then counts as open.
const READS_AGAIN: Duration = Duration::from_secs(45);

/// The transport of the readers and of the bystander.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Transport {
    Native,
    Pusher,
    /// Server-sent events.
    Stream,
}

/// The server and the conversation under test.
pub(crate) struct System {
    /// `host:port`.
    pub(crate) authority: String,
    pub(crate) protocol: Protocol,
    pub(crate) transport: Transport,
    /// The app's key, for [`Transport::Pusher`].
    pub(crate) key: Option<String>,
}

/// The load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) writers: u32,
    pub(crate) readers: usize,
    /// Messages a second of each writer.
    pub(crate) rate: u32,
    /// How long the writers write.
    pub(crate) writing: Duration,
    /// Whether the readers read: the baseline.
    pub(crate) reading: bool,
    pub(crate) engine_pid: Option<u32>,
}

/// The measurement.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// Messages sent, probes included, and those that the bystander received.
    sent: usize,
    received: usize,
    missing: usize,
    /// Messages received twice or out of order, counted per sender.
    disordered: usize,
    seconds: f64,
    bytes_per_message: usize,
    /// Time from handing a probe to its sender's socket until the bystander receives it.
    delay: Option<Latency>,
    /// Resident memory of the engine before the first message, and its maximum until the bystander has received the last.
    before_bytes: Option<u64>,
    peak_bytes: Option<u64>,
    /// How the readers' connections ended: a close code, `broken`, `finished`, or `open`.
    ends: BTreeMap<String, usize>,
    cpu: CpuShares,
}

/// A reader's connection.
enum Connection {
    Socket(Box<Socket>),
    Stream { response: Response<Incoming>, line: Vec<u8> },
}

/// What was sent, and what the bystander has received.
#[derive(Default)]
struct Board {
    sent: Cell<usize>,
    probes: RefCell<Vec<Instant>>,
    delays: RefCell<Vec<Duration>>,
    received: Cell<usize>,
    disordered: Cell<usize>,
    last_received: Cell<Option<Instant>>,
}

/// Runs a plan in the current `LocalSet`.
pub(crate) async fn run(system: System, plan: Plan) -> Result<Report> {
    let resident = || plan.engine_pid.and_then(host::resident_bytes);
    let board = Rc::new(Board::default());
    let first_reader = plan.writers as usize;
    let bystander = first_reader + plan.readers;
    let writers = people::connect_all(&system.protocol, 0..=first_reader - 1).await?;
    let prober = people::connect_all(&system.protocol, bystander + 1..=bystander + 1).await?;
    let mut readers = Vec::with_capacity(plan.readers);
    for number in first_reader..bystander {
        readers.push(system.join(&people::name(number)).await?);
    }
    let listening = tokio::task::spawn_local(listen(Rc::clone(&board), system.join(&people::name(bystander)).await?));
    let mut reading = Vec::new();
    if plan.reading {
        reading.extend(readers.drain(..).map(|reader| tokio::task::spawn_local(end_of(reader))));
    }
    sleep(SETTLE).await;

    let before_bytes = resident();
    let mut peak_bytes = before_bytes;
    let meter = CpuMeter::start(plan.engine_pid);
    let started = Instant::now();
    let protocol = Rc::new(system.protocol);
    let until = started + plan.writing;
    let every = Duration::from_secs(1) / plan.rate;
    let mut senders: Vec<JoinHandle<()>> = Vec::new();
    for (writer, socket) in (0..plan.writers).zip(writers) {
        let (board, protocol) = (Rc::clone(&board), Rc::clone(&protocol));
        let first = started + every.mul_f64(f64::from(writer) / f64::from(plan.writers));
        let schedule = Schedule { first, every, until };
        senders.push(tokio::task::spawn_local(write(board, protocol, socket, writer, schedule)));
    }
    for socket in prober {
        let schedule = Schedule { first: started + PROBE_EVERY / 2, every: PROBE_EVERY, until };
        senders.push(tokio::task::spawn_local(probe(Rc::clone(&board), Rc::clone(&protocol), socket, schedule)));
    }
    while started.elapsed() < plan.writing || !board.is_complete() {
        sleep(SAMPLE_EVERY).await;
        peak_bytes = peak_bytes.max(resident());
        if started.elapsed() > plan.writing + LOST_AFTER && board.silence() > LOST_AFTER {
            break;
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    let cpu = meter.stop();
    reading.extend(readers.into_iter().map(|reader| tokio::task::spawn_local(end_of(reader))));
    let ends = ends_of(reading, if plan.reading { Duration::ZERO } else { READS_AGAIN }).await;
    senders.iter().for_each(JoinHandle::abort);
    listening.abort();
    Ok(Report {
        sent: board.sent.get(),
        received: board.received.get(),
        missing: board.sent.get().saturating_sub(board.received.get()),
        disordered: board.disordered.get(),
        seconds,
        bytes_per_message: BODY_CHARS * FILLING.len_utf8(),
        delay: Latency::of(board.delays.take()),
        before_bytes,
        peak_bytes,
        ends,
        cpu,
    })
}

impl System {
    /// Connects a user to the conversation. Nothing is read before [`Connection::next`].
    async fn join(&self, user: &str) -> Result<Connection> {
        let (conversation, issuer) = match (&self.protocol, self.transport) {
            (Protocol::Campana { conversation, issuer, .. }, Transport::Pusher | Transport::Stream) => {
                (conversation, issuer)
            }
            (Protocol::Campana { .. } | Protocol::Bare { .. }, _) => {
                return Ok(Connection::Socket(Box::new(self.protocol.connect(user).await?)));
            }
        };
        let token = issuer.token(user);
        if self.transport == Transport::Stream {
            let path = format!("/api/chat/conversations/{conversation}/events");
            let response = http::open_stream(&self.authority, &path, &token).await?;
            return Ok(Connection::Stream { response, line: Vec::new() });
        }
        let key = self.key.as_deref().ok_or(BenchError::NoKey)?;
        let channel = format!("private-conversation.{conversation}");
        Ok(Connection::Socket(Box::new(pusher::listen(&self.authority, key, &channel, &token).await?)))
    }
}

impl Connection {
    /// The next frame, or line of a stream; the error is how the connection ended.
    async fn next(&mut self) -> std::result::Result<String, String> {
        match self {
            Self::Socket(socket) => loop {
                match socket.next().await {
                    Some(Ok(Message::Text(text))) => return Ok(text.as_str().to_owned()),
                    Some(Ok(Message::Close(Some(close)))) => return Err(u16::from(close.code).to_string()),
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return Err("broken".to_owned()),
                }
            },
            Self::Stream { response, line } => loop {
                if let Some(end) = line.iter().position(|byte| *byte == b'\n') {
                    let rest = line.split_off(end + 1);
                    return Ok(String::from_utf8_lossy(&std::mem::replace(line, rest)).into_owned());
                }
                match response.body_mut().frame().await {
                    Some(Ok(frame)) => line.extend(frame.data_ref().into_iter().flatten()),
                    Some(Err(_)) => return Err("broken".to_owned()),
                    None => return Err("finished".to_owned()),
                }
            },
        }
    }
}

/// Reads until a connection ends; returns how it ended.
async fn end_of(mut connection: Connection) -> String {
    loop {
        if let Err(end) = connection.next().await {
            return end;
        }
    }
}

async fn ends_of(reading: Vec<JoinHandle<String>>, time_out: Duration) -> BTreeMap<String, usize> {
    let deadline = Instant::now() + time_out;
    let mut ends = BTreeMap::new();
    for reader in reading {
        // A time-out of zero still polls the task once.
        let end = match timeout(deadline.saturating_duration_since(Instant::now()), reader).await {
            Ok(Ok(end)) => end,
            Ok(Err(_)) | Err(_) => "open".to_owned(),
        };
        *ends.entry(end).or_default() += 1;
    }
    ends
}

/// When a client sends.
#[derive(Debug, Clone, Copy)]
struct Schedule {
    first: Instant,
    every: Duration,
    until: Instant,
}

/// Sends a writer's messages.
async fn write(board: Rc<Board>, protocol: Rc<Protocol>, socket: Socket, writer: u32, schedule: Schedule) {
    let filling = FILLING.to_string().repeat(BODY_CHARS);
    let text = |number| {
        board.sent.set(board.sent.get() + 1);
        protocol.message(writer as usize * 1_000_000 + number, &format!("{LOAD}{writer}-{number}-{filling}"))
    };
    send_all(socket, schedule, text).await;
}

/// Sends probes and records their times.
async fn probe(board: Rc<Board>, protocol: Rc<Protocol>, socket: Socket, schedule: Schedule) {
    let text = |number| {
        board.sent.set(board.sent.get() + 1);
        board.probes.borrow_mut().push(Instant::now());
        protocol.message(number, &format!("{PROBE}{number}-"))
    };
    send_all(socket, schedule, text).await;
}

/// Sends numbered messages on schedule. Incoming bytes are read and discarded, also after the last message.
async fn send_all(mut socket: Socket, schedule: Schedule, mut text: impl FnMut(usize) -> String) {
    let mut clock = interval_at(schedule.first, schedule.every);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut number = 0;
    let mut bytes = vec![0; 64 * 1024];
    loop {
        tokio::select! {
            _ = clock.tick(), if Instant::now() < schedule.until => {
                if Instant::now() >= schedule.until {
                    continue;
                }
                if socket.send(Message::text(text(number))).await.is_err() {
                    return;
                }
                number += 1;
            }
            read = socket.get_mut().read(&mut bytes) => {
                if !matches!(read, Ok(1..)) {
                    return;
                }
            }
        }
    }
}

/// Reads as the bystander, until the task is aborted.
async fn listen(board: Rc<Board>, mut connection: Connection) {
    let mut next = BTreeMap::new();
    while let Ok(text) = connection.next().await {
        board.receive(&text, &mut next);
    }
}

impl Board {
    fn is_complete(&self) -> bool {
        self.received.get() >= self.sent.get()
    }

    fn silence(&self) -> Duration {
        self.last_received.get().map_or(Duration::MAX, |at| at.elapsed())
    }

    /// Counts the messages in a frame. `next` holds the next expected number of each sender.
    fn receive(&self, text: &str, next: &mut BTreeMap<usize, usize>) {
        let now = Instant::now();
        for (at, _) in text.match_indices(LOAD) {
            let mut numbers = text[at + LOAD.len()..].split('-').map_while(|number| number.parse().ok());
            let (Some(writer), Some(number)) = (numbers.next(), numbers.next()) else { continue };
            self.take(now, number, next.entry(writer).or_insert(0));
        }
        for (at, _) in text.match_indices(PROBE) {
            let number: Option<usize> =
                text[at + PROBE.len()..].split('-').next().and_then(|number| number.parse().ok());
            let sent = number.and_then(|number| Some((number, *self.probes.borrow().get(number)?)));
            let Some((number, sent_at)) = sent else { continue };
            self.delays.borrow_mut().push(now - sent_at);
            self.take(now, number, next.entry(usize::MAX).or_insert(0));
        }
    }

    fn take(&self, now: Instant, number: usize, next: &mut usize) {
        self.received.set(self.received.get() + 1);
        self.last_received.set(Some(now));
        if number != *next {
            self.disordered.set(self.disordered.get() + 1);
        }
        *next = number + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bystander_finds_messages_and_probes_in_frames_of_any_form() {
        let board = Board::default();
        board.probes.borrow_mut().push(Instant::now());
        let mut next = BTreeMap::new();
        board.receive(r#"{"partial":{"body":"load-3-0-xx"}}"#, &mut next);
        board.receive(r#"[{"data":"{\"body\":\"load-3-1-xx\"}"},{"data":"{\"body\":\"probe-0-\"}"}]"#, &mut next);
        board.receive("5 load-4-0-xx", &mut next);
        assert_eq!((board.received.get(), board.disordered.get(), board.delays.borrow().len()), (4, 0, 1));
        board.receive("5 load-4-0-xx", &mut next);
        board.receive("5 load-4-2-xx", &mut next);
        assert_eq!((board.received.get(), board.disordered.get()), (6, 2));
    }
}
