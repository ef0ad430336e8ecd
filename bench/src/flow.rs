//! One sender, many readers: how long messages take, and how many come through.

use crate::host::{CpuMeter, CpuShares};
use crate::latency::Latency;
use crate::people;
use crate::protocol::{Heard, Protocol, Socket};
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
/// Nothing arriving for so long means that everybody who came has been told about.
const QUIET: Duration = Duration::from_millis(300);
/// How long sockets may take to come to rest, and a welcome to arrive.
const PATIENCE: Duration = Duration::from_secs(30);
/// Nothing arriving for so long while something is missing means that it is lost.
const LOST_AFTER: Duration = Duration::from_secs(5);
/// Errors kept as text; all are counted.
const ERRORS_KEPT: usize = 5;

/// How messages are sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) readers: usize,
    /// Messages in the measured stretch.
    pub(crate) messages: usize,
    /// Messages sent before it at 100 a second, so that nothing is met for the first time in it.
    pub(crate) warm_up: usize,
    /// Messages a second; `None` is as fast as the socket takes them.
    pub(crate) rate: Option<u32>,
    pub(crate) engine_pid: Option<u32>,
}

/// What came of it.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    readers: usize,
    messages: usize,
    /// Messages that arrived, each counted once for every reader.
    events_delivered: usize,
    /// Events that never came.
    missing: usize,
    /// Events that came twice, or after a later one.
    disordered: usize,
    /// Frames that carried them: fewer than events where a server batches.
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

/// What all tasks of a run share; one thread runs them all.
struct Board {
    protocol: Protocol,
    first_measured: usize,
    sent_at: RefCell<Vec<Instant>>,
    welcomed: Cell<usize>,
    acked: Cell<usize>,
    arrived: Cell<usize>,
    frames: Cell<usize>,
    disordered: Cell<usize>,
    last_heard: Cell<Instant>,
    last_arrival: Cell<Instant>,
    ack_times: RefCell<Vec<Duration>>,
    delivery_times: RefCell<Vec<Duration>>,
    error_count: Cell<usize>,
    errors: RefCell<Vec<String>>,
    last_read: RefCell<(String, Rc<[Heard]>)>,
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

/// What came of chat that went on for as long as something else was measured.
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

/// Sends one burst after the other, each once everybody has the one before, until the standard input ends. Says `ready` on
/// the standard output as soon as it goes on.
pub(crate) async fn chat(protocol: Protocol, plan: Plan) -> Result<ChatReport> {
    let board = Rc::new(Board::new(protocol, 0));
    let (mut sender, tasks) = open_sockets(&board, plan.readers).await?;
    board.rest().await;
    let body = "x".repeat(BODY_CHARS);
    let mut enough = end_of_input();
    let (mut bursts, mut started, mut meter) = (0, Instant::now(), CpuMeter::start(plan.engine_pid));
    while bursts == 0 || enough.try_recv() == Err(TryRecvError::Empty) {
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

/// Tells when whoever started this process has closed its standard input.
pub(crate) fn end_of_input() -> oneshot::Receiver<()> {
    let (tell, told) = oneshot::channel();
    std::thread::spawn(move || {
        let _whatever_ends_it = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        let _nobody_listens_any_more = tell.send(());
    });
    told
}

type Sender = SplitSink<Socket, Message>;

/// Connects the readers, then the sender, and lets each listen.
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
        timeout(PATIENCE, all_welcomed).await.map_err(|_| BenchError::NotWelcomed(board.errors.borrow().join("; ")))?;
    }
    Ok((sink, tasks))
}

/// Sends the messages of these numbers; each one's clock starts as it is handed to the socket.
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

/// Hears one socket until it ends. Messages must come in the order of their numbers.
async fn listen(board: Rc<Board>, mut stream: SplitStream<Socket>) {
    let mut next = 0;
    loop {
        let frame = stream.next().await;
        let now = Instant::now();
        board.last_heard.set(now);
        match frame {
            Some(Ok(Message::Text(text))) => {
                for heard in board.read(text.as_str()).iter() {
                    board.take(heard, now, &mut next);
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
            last_heard: Cell::new(now),
            last_arrival: Cell::new(now),
            ack_times: RefCell::default(),
            delivery_times: RefCell::default(),
            error_count: Cell::new(0),
            errors: RefCell::default(),
            last_read: RefCell::default(),
            changed: Notify::new(),
        }
    }

    /// What a frame says. Every reader gets the same texts: a repeated one is recognized, not read again,
    /// so that reading is not what the figures show.
    fn read(&self, text: &str) -> Rc<[Heard]> {
        let mut last = self.last_read.borrow_mut();
        if last.0 != text {
            let mut heard = Vec::new();
            self.protocol.hear(text, |one| heard.push(one));
            *last = (text.to_owned(), heard.into());
        }
        Rc::clone(&last.1)
    }

    fn take(&self, heard: &Heard, now: Instant, next: &mut usize) {
        match heard {
            &Heard::Message(number) => {
                self.arrived.set(self.arrived.get() + 1);
                self.last_arrival.set(now);
                if number < *next {
                    self.disordered.set(self.disordered.get() + 1);
                }
                *next = number + 1;
                self.time(number, now, &self.delivery_times);
            }
            &Heard::Ack(number) => {
                self.acked.set(self.acked.get() + 1);
                self.time(number, now, &self.ack_times);
            }
            Heard::Welcome => self.welcomed.set(self.welcomed.get() + 1),
            Heard::Error(text) => self.error(text.clone()),
            Heard::Other => {}
        }
    }

    fn time(&self, number: usize, now: Instant, times: &RefCell<Vec<Duration>>) {
        match self.sent_at.borrow().get(number) {
            Some(sent_at) if number >= self.first_measured => {
                times.borrow_mut().push(now - *sent_at);
            }
            Some(_) => {}
            None => self.error(format!("message {number} came before it was sent")),
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

    /// Waits until something is true that frames make true.
    async fn wait_for(&self, is_true: impl Fn(&Self) -> bool) {
        loop {
            let change = self.changed.notified();
            if is_true(self) {
                return;
            }
            change.await;
        }
    }

    /// Waits until every message is acknowledged and has reached every reader, or nothing comes any more.
    async fn all_here(&self, messages: usize, readers: usize) {
        let complete = |board: &Self| board.acked.get() >= messages && board.arrived.get() >= messages * readers;
        while timeout(LOST_AFTER, self.wait_for(complete)).await.is_err() {
            if self.last_heard.get().elapsed() >= LOST_AFTER {
                self.error(format!("{} of {messages} acknowledged", self.acked.get()));
                return;
            }
        }
    }

    /// Waits until nothing has come for a moment.
    async fn rest(&self) {
        let deadline = Instant::now() + PATIENCE;
        self.last_heard.set(Instant::now());
        while self.last_heard.get().elapsed() < QUIET && Instant::now() < deadline {
            sleep(QUIET / 4).await;
        }
    }
}
