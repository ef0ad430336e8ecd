//! Sockets that listen to one channel, and what they have heard: each has to get every publish once.

use crate::http::Client;
use crate::protocol::Socket;
use crate::pusher::{Audience, Told};
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
/// How often a socket pings, as clients do that hear nothing for so long.
const PING_EVERY: Duration = Duration::from_secs(30);
/// A publish that has not reached everybody after so long is lost to somebody.
const LOST_AFTER: Duration = Duration::from_secs(10);
/// Characters of a publish's filling.
const FILLING_CHARS: usize = 100;
/// Errors kept as text; all are counted.
const ERRORS_KEPT: usize = 5;

/// A publish: how many sockets have it, and since when all of them do.
#[derive(Debug, Clone, Copy, Default)]
struct Publish {
    arrived: usize,
    complete_at: Option<Instant>,
}

/// How long a publish took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taken {
    /// Until the server answered.
    pub(crate) answer: Duration,
    /// Until the last socket had its frame, if all of them got it.
    pub(crate) last_delivery: Option<Duration>,
}

/// What all tasks of a run share; one thread runs them all.
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
    /// Frames that came after one of a higher number.
    pub(crate) disordered: Cell<usize>,
    pub(crate) error_count: Cell<usize>,
    pub(crate) errors: RefCell<Vec<String>>,
    last_read: RefCell<(String, Rc<[Told]>)>,
    /// The last frame of a publish, and its number.
    last_frame: RefCell<(Rc<str>, usize)>,
    last_heard: Cell<Instant>,
    complete: Notify,
    tasks: RefCell<Vec<JoinHandle<()>>>,
}

impl Crowd {
    /// Nobody yet.
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
            last_heard: Cell::new(Instant::now()),
            complete: Notify::new(),
            tasks: RefCell::default(),
        })
    }

    /// More sockets come, listen and ping, until [`Crowd::leave`].
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

    /// Nobody listens any more.
    pub(crate) fn leave(&self) {
        self.tasks.borrow_mut().drain(..).for_each(|task| task.abort());
    }

    /// A connection to publish on.
    pub(crate) async fn publisher(&self) -> Result<Client> {
        Client::connect(&self.audience.authority).await
    }

    /// Publishes, and waits until everybody has it; not for ever.
    pub(crate) async fn publish(&self, client: &mut Client) -> Result<Taken> {
        let number = self.publishes.borrow().len();
        let request = self.audience.publish(number, &self.filling);
        client.stay_open().await?;
        let sent_at = Instant::now();
        self.publishes.borrow_mut().push(Publish::default());
        let answer = client.post(request).await?;
        if !answer.status.is_success() {
            let said = String::from_utf8_lossy(&answer.body).into_owned();
            return Err(BenchError::Publish(format!("{}: {said}", answer.status)));
        }
        let complete_at = self.completion(number).await;
        let last_delivery = complete_at.map(|at| at.duration_since(sent_at));
        Ok(Taken { answer: answer.elapsed, last_delivery })
    }

    async fn completion(&self, number: usize) -> Option<Instant> {
        loop {
            let change = self.complete.notified();
            if let Some(at) = self.publishes.borrow().get(number).and_then(|publish| publish.complete_at) {
                return Some(at);
            }
            if timeout(LOST_AFTER, change).await.is_err() && self.last_heard.get().elapsed() >= LOST_AFTER {
                return None;
            }
        }
    }

    /// Frames of all publishes that have not come.
    pub(crate) fn missing(&self) -> usize {
        self.publishes.borrow().iter().map(|publish| self.sockets.get() - publish.arrived).sum()
    }

    /// Hears one socket until it ends.
    async fn listen(self: Rc<Self>, mut stream: SplitStream<Socket>) {
        let mut seen = Vec::new();
        let mut highest = 0;
        loop {
            match stream.next().await {
                Some(Ok(Message::Text(text))) => self.hear(text.as_str(), &mut seen, &mut highest),
                Some(Ok(Message::Close(close))) => return self.error(format!("closed by the server: {close:?}")),
                Some(Ok(_)) => {}
                Some(Err(error)) => return self.error(format!("socket failed: {error}")),
                None => return self.error("socket ended".to_owned()),
            }
        }
    }

    fn hear(&self, text: &str, seen: &mut Vec<bool>, highest: &mut usize) {
        for told in self.read(text).iter() {
            match told {
                Told::Publish(number) => self.take(*number, text, seen, highest),
                Told::Error(text) => self.error(text.clone()),
                Told::Other => {}
            }
        }
    }

    fn take(&self, number: usize, text: &str, seen: &mut Vec<bool>, highest: &mut usize) {
        let now = Instant::now();
        self.last_heard.set(now);
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
            return self.error(format!("publish {number} came before it was sent"));
        };
        publish.arrived += 1;
        if publish.arrived == self.sockets.get() {
            publish.complete_at = Some(now);
            *self.last_frame.borrow_mut() = (Rc::from(text), number);
            self.complete.notify_waiters();
        }
    }

    /// What a frame says. Every socket gets the same texts: a repeated one is recognized, not read again, so that reading is
    /// not what the figures show.
    fn read(&self, text: &str) -> Rc<[Told]> {
        let mut last = self.last_read.borrow_mut();
        if last.0 != text {
            *last = (text.to_owned(), self.audience.told(text).into());
        }
        Rc::clone(&last.1)
    }

    /// The last frame that everybody got, for a server that hands on another's frames.
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
            // Whoever listens hears why.
            return;
        }
    }
}
