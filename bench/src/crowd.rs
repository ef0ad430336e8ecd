//! Subscribers of one channel and their received frames: each must get every publish once.

use crate::http::Client;
use crate::protocol::Socket;
use crate::pusher::{Audience, PublishFrame};
use crate::{BenchError, Result};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _, TryStreamExt as _, stream};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{Instant, interval_at, timeout};
use tokio_tungstenite::tungstenite::Message;

/// Sockets that open at the same time.
const OPENING_AT_ONCE: usize = 16;
/// Ping interval of a silent client.
const PING_EVERY: Duration = Duration::from_secs(30);
/// A publish that has not reached every socket after this time counts as lost.
const LOST_AFTER: Duration = Duration::from_secs(10);
/// Characters of filling in a publish.
const FILLING_CHARS: usize = 100;
/// Errors kept as text; all are counted.
const ERRORS_KEPT: usize = 5;

/// A publish: the number of sockets that have it, and when the last one got it.
#[derive(Debug, Clone, Copy, Default)]
struct Publish {
    arrived: usize,
    complete_at: Option<Instant>,
}

/// Times of a publish.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timing {
    /// Until the server's answer.
    pub(crate) answer: Duration,
    /// Until the last socket had its frame; `None` if a frame is missing.
    pub(crate) last_delivery: Option<Duration>,
}

/// State shared by all tasks of a run, on one thread.
pub(crate) struct Crowd {
    audience: Audience,
    filling: String,
    sockets: Cell<usize>,
    publishes: RefCell<Vec<Publish>>,
    pub(crate) frames: Cell<usize>,
    /// Bytes of the last frame.
    pub(crate) frame_bytes: Cell<usize>,
    /// Frames that a socket got twice.
    pub(crate) doubled: Cell<usize>,
    /// Frames received after one of a higher number.
    pub(crate) disordered: Cell<usize>,
    pub(crate) error_count: Cell<usize>,
    pub(crate) errors: RefCell<Vec<String>>,
    last_read: RefCell<(String, Rc<[PublishFrame]>)>,
    /// The last frame of a publish, and its number.
    last_frame: RefCell<(Rc<str>, usize)>,
    last_received: Cell<Instant>,
    complete: Notify,
    tasks: RefCell<Vec<JoinHandle<()>>>,
}

impl Crowd {
    /// A crowd without sockets.
    pub(crate) fn new(audience: Audience) -> Rc<Self> {
        Rc::new(Self {
            audience,
            filling: "x".repeat(FILLING_CHARS),
            sockets: Cell::new(0),
            publishes: RefCell::default(),
            frames: Cell::new(0),
            frame_bytes: Cell::new(0),
            doubled: Cell::new(0),
            disordered: Cell::new(0),
            error_count: Cell::new(0),
            errors: RefCell::default(),
            last_read: RefCell::new((String::new(), Rc::default())),
            last_frame: RefCell::new((Rc::from(""), 0)),
            last_received: Cell::new(Instant::now()),
            complete: Notify::new(),
            tasks: RefCell::default(),
        })
    }

    /// Opens more sockets, which receive and ping until [`Crowd::leave`].
    pub(crate) async fn join(self: &Rc<Self>, more: usize) -> Result<()> {
        let opening = stream::iter(0..more).map(|_| self.audience.join()).buffer_unordered(OPENING_AT_ONCE);
        let sockets: Vec<Socket> = opening.try_collect().await?;
        for socket in sockets {
            let (sink, stream) = socket.split();
            let mut tasks = self.tasks.borrow_mut();
            tasks.push(tokio::task::spawn_local(Rc::clone(self).listen(stream)));
            tasks.push(tokio::task::spawn_local(ping(sink, self.audience.ping())));
        }
        self.sockets.set(self.sockets.get() + more);
        Ok(())
    }

    /// Closes all sockets.
    pub(crate) fn leave(&self) {
        self.tasks.borrow_mut().drain(..).for_each(|task| task.abort());
    }

    /// A connection to publish on.
    pub(crate) async fn publisher(&self) -> Result<Client> {
        Client::connect(&self.audience.authority).await
    }

    /// Publishes, and waits until every socket has it or it counts as lost.
    pub(crate) async fn publish(&self, client: &mut Client) -> Result<Timing> {
        let number = self.publishes.borrow().len();
        let request = self.audience.publish(number, &self.filling);
        client.stay_open().await?;
        let sent_at = Instant::now();
        self.publishes.borrow_mut().push(Publish::default());
        let answer = client.post(request).await?;
        if !answer.status.is_success() {
            let reason = String::from_utf8_lossy(&answer.body).into_owned();
            return Err(BenchError::Publish(format!("{}: {reason}", answer.status)));
        }
        let complete_at = self.completion(number).await;
        let last_delivery = complete_at.map(|at| at.duration_since(sent_at));
        Ok(Timing { answer: answer.elapsed, last_delivery })
    }

    async fn completion(&self, number: usize) -> Option<Instant> {
        loop {
            let change = self.complete.notified();
            if let Some(at) = self.publishes.borrow().get(number).and_then(|publish| publish.complete_at) {
                return Some(at);
            }
            if timeout(LOST_AFTER, change).await.is_err() && self.last_received.get().elapsed() >= LOST_AFTER {
                return None;
            }
        }
    }

    /// Number of missing frames of all publishes.
    pub(crate) fn missing(&self) -> usize {
        self.publishes.borrow().iter().map(|publish| self.sockets.get() - publish.arrived).sum()
    }

    /// Receives on one socket until it ends.
    async fn listen(self: Rc<Self>, mut stream: SplitStream<Socket>) {
        let mut seen = Vec::new();
        let mut highest = 0;
        loop {
            match stream.next().await {
                Some(Ok(Message::Text(text))) => self.receive(text.as_str(), &mut seen, &mut highest),
                Some(Ok(Message::Close(close))) => return self.error(format!("closed by the server: {close:?}")),
                Some(Ok(_)) => {}
                Some(Err(error)) => return self.error(format!("socket failed: {error}")),
                None => return self.error("socket ended".to_owned()),
            }
        }
    }

    fn receive(&self, text: &str, seen: &mut Vec<bool>, highest: &mut usize) {
        for content in self.read(text).iter() {
            match content {
                PublishFrame::Publish(number) => self.take(*number, text, seen, highest),
                PublishFrame::Error(text) => self.error(text.clone()),
                PublishFrame::Other => {}
            }
        }
    }

    fn take(&self, number: usize, text: &str, seen: &mut Vec<bool>, highest: &mut usize) {
        let now = Instant::now();
        self.last_received.set(now);
        self.frames.set(self.frames.get() + 1);
        self.frame_bytes.set(text.len());
        if seen.len() <= number {
            seen.resize(number + 1, false);
        }
        if std::mem::replace(&mut seen[number], true) {
            self.doubled.set(self.doubled.get() + 1);
            return;
        }
        if number < *highest {
            self.disordered.set(self.disordered.get() + 1);
        }
        *highest = number.max(*highest);
        self.arrived(number, text, now);
    }

    fn arrived(&self, number: usize, text: &str, now: Instant) {
        let mut publishes = self.publishes.borrow_mut();
        let Some(publish) = publishes.get_mut(number) else {
            drop(publishes);
            return self.error(format!("publish {number} arrived before it was sent"));
        };
        publish.arrived += 1;
        if publish.arrived == self.sockets.get() {
            publish.complete_at = Some(now);
            *self.last_frame.borrow_mut() = (Rc::from(text), number);
            self.complete.notify_waiters();
        }
    }

    /// Parses a frame. Every socket gets the same texts, so the last result is cached and parsing does not affect the figures.
    fn read(&self, text: &str) -> Rc<[PublishFrame]> {
        let mut last = self.last_read.borrow_mut();
        if last.0 != text {
            *last = (text.to_owned(), self.audience.parse(text).into());
        }
        Rc::clone(&last.1)
    }

    /// The last frame that every socket got, for a baseline that replays frames.
    pub(crate) fn template(&self) -> String {
        let (frame, number) = &*self.last_frame.borrow();
        self.audience.template(frame, *number)
    }

    fn error(&self, text: String) {
        self.error_count.set(self.error_count.get() + 1);
        let mut errors = self.errors.borrow_mut();
        if errors.len() < ERRORS_KEPT {
            errors.push(text);
        }
    }
}

async fn ping(mut sink: SplitSink<Socket, Message>, text: &'static str) {
    let mut clock = interval_at(Instant::now() + PING_EVERY, PING_EVERY);
    loop {
        clock.tick().await;
        if sink.send(Message::text(text)).await.is_err() {
            // The receiving task reports the error.
            return;
        }
    }
}
