//! Ports of one instance of an object.

use super::engine::Inner;
use super::sockets::TestSocket;
use crate::files::{FileParts, FileStores};
use crate::ports::{
    Address, AlarmClock, Answer, Clock, Document, Network, Objects, Outbound, Random, Reading, Record, Tasks, Variables,
};
use crate::sockets::{Frame, Socket, Sockets};
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_storage::Store;
use futures_util::future::LocalBoxFuture;
use std::any::Any;
use std::rc::Rc;

pub(super) struct TestHost {
    pub(super) world: Rc<Inner>,
    pub(super) node: usize,
    pub(super) instance: u64,
    /// Whether an earlier instance panicked.
    pub(super) has_lost: bool,
}

impl Clock for TestHost {
    fn now(&self) -> Timestamp {
        self.world.now()
    }

    fn sleep(&self, millis: u32) -> LocalBoxFuture<'static, ()> {
        self.world.sleep(i64::from(millis))
    }
}

impl Random for TestHost {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), Problem> {
        for byte in bytes {
            *byte = self.world.draw(256).to_le_bytes().first().copied().unwrap_or_default();
        }
        Ok(())
    }
}

impl AlarmClock for TestHost {
    fn set_alarm(&self, at: Timestamp) {
        self.world.set_alarm(self.node, self.instance, at);
    }
}

impl Tasks for TestHost {
    fn spawn(&self, task: LocalBoxFuture<'static, ()>) {
        self.world.spawn(Some((self.node, self.instance)), task);
    }
}

/// Calls the object `NAMESPACE:name` of the world, or the one with just that name.
impl Objects for TestHost {
    fn post_to(&self, to: &Address, path: &str, body: Vec<u8>) -> LocalBoxFuture<'static, Result<Answer, String>> {
        let full = format!("{}:{}", to.namespace, to.name);
        self.world.call(if self.world.has(&full) { &full } else { &to.name }, path, body)
    }
}

/// Posts to the object `outside`: the path is the URL, the body is JSON of the headers and the body.
impl Network for TestHost {
    fn post(&self, request: Outbound) -> LocalBoxFuture<'static, Result<Answer, ()>> {
        let Outbound { url, headers, body } = request;
        let body = serde_json::to_vec(&(headers, String::from_utf8_lossy(&body))).unwrap_or_default();
        let answer = self.world.call("outside", &url, body);
        Box::pin(async move { answer.await.map_err(drop) })
    }

    /// The object answers with JSON of the headers `location` and `content-type`, and the body.
    fn get(&self, reading: Reading) -> LocalBoxFuture<'static, Result<Document, ()>> {
        let Reading { url, headers, max_bytes } = reading;
        let headers = serde_json::to_vec(&headers).unwrap_or_default();
        let answer = self.world.call("outside", &url, headers);
        Box::pin(async move {
            let answer = answer.await.map_err(drop)?;
            let read = serde_json::from_slice::<(Option<String>, String, String)>(&answer.body);
            let (location, content_type, body) = read.unwrap_or_default();
            let body = body.into_bytes().into_iter().take(max_bytes).collect();
            Ok(Document { status: answer.status, location, content_type, body })
        })
    }
}

impl Record for TestHost {
    fn record(&self) -> Result<Store, Problem> {
        self.world.record()
    }
}

impl FileStores for TestHost {
    fn file_parts(&self) -> Result<Rc<dyn FileParts>, Problem> {
        let files = self.world.files.borrow().clone();
        files.ok_or_else(|| Problem::unavailable("there is no file store"))
    }
}

impl Sockets for TestHost {
    fn frame(&self, text: &str) -> Frame {
        Frame::new(text.to_owned())
    }

    fn chunk(&self, text: &str) -> Frame {
        Frame::new(text.to_owned())
    }

    fn sockets(&self) -> Vec<Rc<dyn Socket>> {
        self.world.sockets_of(self.node).into_iter().map(|socket| socket as Rc<dyn Socket>).collect()
    }

    fn accept(&self, socket: &dyn Socket) -> Result<(), Problem> {
        let socket: &dyn Any = socket;
        let socket: &TestSocket = socket.downcast_ref().ok_or_else(|| Problem::internal("a foreign socket"))?;
        socket.accept();
        Ok(())
    }

    fn has_lost_instance(&self) -> bool {
        self.has_lost
    }

    /// No client of this world pings.
    fn ponged_at(&self, _socket: &dyn Socket) -> Option<Timestamp> {
        None
    }
}

impl Variables for TestHost {
    fn variable(&self, name: &str) -> Option<String> {
        (name == "ENVIRONMENT").then(|| self.world.environment.get().to_owned())
    }
}
