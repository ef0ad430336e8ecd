//! One sender, many readers: latency and throughput of messages.

use crate::host::{CpuMeter, CpuShares};
use crate::latency::Latency;
use crate::people;
use crate::protocol::{ChatFrame, Protocol, Socket};
use crate::{BenchError, Result};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use serde::Serialize;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::sync::oneshot::{self, error::TryRecvError};
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};
use tokio_tungstenite::tungstenite::Message;

/// Characters of a message's body.
const BODY_CHARS: usize = 100;
/// Silence after which all presence events have arrived.
const QUIET: Duration = Duration::from_millis(300);
/// Time-out of welcomes and of the wait for silence.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Silence after which missing messages count as lost.
const LOST_AFTER: Duration = Duration::from_secs(5);
/// Errors kept as text; all are counted.
const ERRORS_KEPT: usize = 5;

/// How messages are sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) readers: usize,
    /// Messages in the measured stretch.
    pub(crate) messages: usize,
    /// Messages sent before it at 100 a second, so that caches and code are warm.
    pub(crate) warm_up: usize,
    /// Messages a second; `None` is as fast as the socket takes them.
    pub(crate) rate: Option<u32>,
    pub(crate) engine_pid: Option<u32>,
}

/// The measurement.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    readers: usize,
    messages: usize,
    /// Received messages, counted per reader.
    events_delivered: usize,
    /// Missing events.
    missing: usize,
    /// Events received twice, or after a later one.
    disordered: usize,
    /// Frames with these events: fewer if the server batches.
    frames: usize,
    /// From the first send to the last event.
    seconds: f64,
    events_per_second: f64,
    ack: Option<Latency>,
    delivery: Option<Latency>,
    error_count: usize,
    errors: Vec<String>,
    cpu: CpuShares,
}

/// State shared by all tasks of a run, on one thread.
struct Board {
    protocol: Protocol,
    first_measured: usize,
    sent_at: RefCell<Vec<Instant>>,
    welcomed: Cell<usize>,
    acked: Cell<usize>,
    arrived: Cell<usize>,
    frames: Cell<usize>,
    disordered: Cell<usize>,
    last_received: Cell<Instant>,
    last_arrival: Cell<Instant>,
    ack_times: RefCell<Vec<Duration>>,
    delivery_times: RefCell<Vec<Duration>>,
    error_count: Cell<usize>,
    errors: RefCell<Vec<String>>,
    last_read: RefCell<(String, Rc<[ChatFrame]>)>,
    changed: Notify,
}

/// Runs a plan in the current `LocalSet`.
pub(crate) async fn run(protocol: Protocol, plan: Plan) -> Result<Report> {
    let board = Rc::new(Board::new(protocol, plan.warm_up));
    let (mut sender, tasks) = open_sockets(&board, plan.readers).await?;
    board.rest().await;

    let body = "x".repeat(BODY_CHARS);
    send(&board, &mut sender, 0..plan.warm_up, Some(100), &body).await?;
    board.all_here(plan.warm_up, plan.readers).await;
    board.rest().await;
    let (arrived_before, frames_before) = (board.arrived.get(), board.frames.get());
    if arrived_before < plan.warm_up * plan.readers {
        return Err(BenchError::WarmUp(board.errors.borrow().join("; ")));
    }
    board.acked.set(0);
    board.arrived.set(0);

    let meter = CpuMeter::start(plan.engine_pid);
    let started = Instant::now();
    let last = plan.warm_up + plan.messages;
    send(&board, &mut sender, plan.warm_up..last, plan.rate, &body).await?;
    board.all_here(plan.messages, plan.readers).await;
    let cpu = meter.stop();
    tasks.iter().for_each(JoinHandle::abort);

    let seconds = board.last_arrival.get().duration_since(started).as_secs_f64();
    let delivered = board.arrived.get();
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    let events_per_second = delivered as f64 / seconds.max(f64::EPSILON);
    let report = Report {
        readers: plan.readers,
        messages: plan.messages,
        events_delivered: delivered,
        missing: (plan.messages * plan.readers).saturating_sub(delivered),
        disordered: board.disordered.get(),
        frames: board.frames.get() - frames_before,
        seconds,
        events_per_second,
        ack: Latency::of(board.ack_times.take()),
        delivery: Latency::of(board.delivery_times.take()),
        error_count: board.error_count.get(),
        errors: board.errors.take(),
        cpu,
    };
    Ok(report)
}

/// Measurement of the chat load that runs beside another measurement.
#[derive(Debug, Serialize)]
pub(crate) struct ChatReport {
    readers: usize,
    bursts: usize,
    seconds: f64,
    events_per_second: f64,
    missing: usize,
    disordered: usize,
    error_count: usize,
    errors: Vec<String>,
    cpu: CpuShares,
}

/// Sends bursts, each once all readers have the previous one, until standard input ends. Prints `ready` after the first burst.
pub(crate) async fn chat(protocol: Protocol, plan: Plan) -> Result<ChatReport> {
    let board = Rc::new(Board::new(protocol, 0));
    let (mut sender, tasks) = open_sockets(&board, plan.readers).await?;
    board.rest().await;
    let body = "x".repeat(BODY_CHARS);
    let mut input_end = end_of_input();
    let (mut bursts, mut started, mut meter) = (0, Instant::now(), CpuMeter::start(plan.engine_pid));
    while bursts == 0 || input_end.try_recv() == Err(TryRecvError::Empty) {
        let sent = bursts * plan.messages;
        send(&board, &mut sender, sent..sent + plan.messages, None, &body).await?;
        board.all_here(sent + plan.messages, plan.readers).await;
        if bursts == 0 {
            println!("ready");
            (started, meter) = (Instant::now(), CpuMeter::start(plan.engine_pid));
        }
        bursts += 1;
    }
    let cpu = meter.stop();
    tasks.iter().for_each(JoinHandle::abort);
    let seconds = started.elapsed().as_secs_f64();
    let expected = bursts * plan.messages * plan.readers;
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    let events_per_second = ((bursts - 1) * plan.messages * plan.readers) as f64 / seconds.max(f64::EPSILON);
    Ok(ChatReport {
        readers: plan.readers,
        bursts,
        seconds,
        events_per_second,
        missing: expected.saturating_sub(board.arrived.get()),
        disordered: board.disordered.get(),
        error_count: board.error_count.get(),
        errors: board.errors.take(),
        cpu,
    })
}

/// Resolves when the parent process closes this process's standard input.
pub(crate) fn end_of_input() -> oneshot::Receiver<()> {
    let (sender, receiver) = oneshot::channel();
    std::thread::spawn(move || {
        let _end = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        let _receiver_dropped = sender.send(());
    });
    receiver
}

type Sender = SplitSink<Socket, Message>;

/// Connects the readers, then the sender, and starts a receiving task for each.
async fn open_sockets(board: &Rc<Board>, readers: usize) -> Result<(Sender, Vec<JoinHandle<()>>)> {
    let mut tasks = Vec::with_capacity(readers + 1);
    for socket in people::connect_all(&board.protocol, 1..=readers).await? {
        let (_sink, stream) = socket.split();
        tasks.push(tokio::task::spawn_local(listen(Rc::clone(board), stream)));
    }
    let (sink, stream) = board.protocol.connect(&people::name(0)).await?.split();
    tasks.push(tokio::task::spawn_local(listen(Rc::clone(board), stream)));
    if board.protocol.welcomes() {
        let all_welcomed = board.wait_for(|board| board.welcomed.get() > readers);
        timeout(TIMEOUT, all_welcomed).await.map_err(|_| BenchError::NotWelcomed(board.errors.borrow().join("; ")))?;
    }
    Ok((sink, tasks))
}

/// Sends the messages with these numbers; a message's time starts when it is handed to the socket.
async fn send(
    board: &Board,
    sender: &mut Sender,
    numbers: std::ops::Range<usize>,
    rate: Option<u32>,
    body: &str,
) -> Result<()> {
    let mut pace = rate.map(|rate| interval(Duration::from_secs(1) / rate));
    if let Some(pace) = &mut pace {
        pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
    }
    for number in numbers {
        if let Some(pace) = &mut pace {
            pace.tick().await;
        }
        let frame = board.protocol.message(number, body);
        board.sent_at.borrow_mut().push(Instant::now());
        sender.send(Message::text(frame)).await?;
    }
    Ok(())
}

/// Receives on one socket until it ends. Messages must arrive in the order of their numbers.
async fn listen(board: Rc<Board>, mut stream: SplitStream<Socket>) {
    let mut next = 0;
    loop {
        let frame = stream.next().await;
        let now = Instant::now();
        board.last_received.set(now);
        match frame {
            Some(Ok(Message::Text(text))) => {
                for content in board.read(text.as_str()).iter() {
                    board.take(content, now, &mut next);
                }
            }
            Some(Ok(Message::Close(close))) => {
                return board.error(format!("closed by the server: {close:?}"));
            }
            Some(Ok(_)) => {}
            Some(Err(error)) => return board.error(format!("socket failed: {error}")),
            None => return board.error("socket ended".to_owned()),
        }
        board.frames.set(board.frames.get() + 1);
        board.changed.notify_waiters();
    }
}

impl Board {
    fn new(protocol: Protocol, first_measured: usize) -> Self {
        let now = Instant::now();
        Self {
            protocol,
            first_measured,
            sent_at: RefCell::default(),
            welcomed: Cell::new(0),
            acked: Cell::new(0),
            arrived: Cell::new(0),
            frames: Cell::new(0),
            disordered: Cell::new(0),
            last_received: Cell::new(now),
            last_arrival: Cell::new(now),
            ack_times: RefCell::default(),
            delivery_times: RefCell::default(),
            error_count: Cell::new(0),
            errors: RefCell::default(),
            last_read: RefCell::default(),
            changed: Notify::new(),
        }
    }

    /// Parses a frame. Every reader gets the same texts, so the last result is cached and parsing does not affect the figures.
    fn read(&self, text: &str) -> Rc<[ChatFrame]> {
        let mut last = self.last_read.borrow_mut();
        if last.0 != text {
            let mut contents = Vec::new();
            self.protocol.parse(text, |one| contents.push(one));
            *last = (text.to_owned(), contents.into());
        }
        Rc::clone(&last.1)
    }

    fn take(&self, content: &ChatFrame, now: Instant, next: &mut usize) {
        match content {
            &ChatFrame::Message(number) => {
                self.arrived.set(self.arrived.get() + 1);
                self.last_arrival.set(now);
                if number < *next {
                    self.disordered.set(self.disordered.get() + 1);
                }
                *next = number + 1;
                self.time(number, now, &self.delivery_times);
            }
            &ChatFrame::Ack(number) => {
                self.acked.set(self.acked.get() + 1);
                self.time(number, now, &self.ack_times);
            }
            ChatFrame::Welcome => self.welcomed.set(self.welcomed.get() + 1),
            ChatFrame::Error(text) => self.error(text.clone()),
            ChatFrame::Other => {}
        }
    }

    fn time(&self, number: usize, now: Instant, times: &RefCell<Vec<Duration>>) {
        match self.sent_at.borrow().get(number) {
            Some(sent_at) if number >= self.first_measured => {
                times.borrow_mut().push(now - *sent_at);
            }
            Some(_) => {}
            None => self.error(format!("message {number} arrived before it was sent")),
        }
    }

    fn error(&self, text: String) {
        self.error_count.set(self.error_count.get() + 1);
        let mut errors = self.errors.borrow_mut();
        if errors.len() < ERRORS_KEPT {
            errors.push(text);
        }
        self.changed.notify_waiters();
    }

    /// Waits until a condition holds; checks it after every frame.
    async fn wait_for(&self, is_true: impl Fn(&Self) -> bool) {
        loop {
            let change = self.changed.notified();
            if is_true(self) {
                return;
            }
            change.await;
        }
    }

    /// Waits until every message is acknowledged and has reached every reader, or until silence.
    async fn all_here(&self, messages: usize, readers: usize) {
        let complete = |board: &Self| board.acked.get() >= messages && board.arrived.get() >= messages * readers;
        while timeout(LOST_AFTER, self.wait_for(complete)).await.is_err() {
            if self.last_received.get().elapsed() >= LOST_AFTER {
                self.error(format!("{} of {messages} acknowledged", self.acked.get()));
                return;
            }
        }
    }

    /// Waits for silence.
    async fn rest(&self) {
        let deadline = Instant::now() + TIMEOUT;
        self.last_received.set(Instant::now());
        while self.last_received.get().elapsed() < QUIET && Instant::now() < deadline {
            sleep(QUIET / 4).await;
        }
    }
}
