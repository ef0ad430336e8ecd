//! The gateway in a simulated world, as the platform's shell drives it.

use super::Object;
use campana_core::shared::problem::Problem;
use campana_runtime::Context;
use campana_runtime::ports::Answer;
use campana_runtime::sockets::{Incoming, Socket};
use campana_runtime::testing;
use futures_util::future::LocalBoxFuture;
use std::rc::Rc;

struct Simulated(Rc<Object>);

/// Starts an instance.
pub(super) fn simulated(context: Context) -> Rc<dyn testing::Object> {
    Rc::new(Simulated(Object::start(context)))
}

impl testing::Object for Simulated {
    fn fetch(&self, path: &str, body: Vec<u8>) -> LocalBoxFuture<'static, Answer> {
        let (object, path) = (Rc::clone(&self.0), format!("/{path}"));
        Box::pin(async move { object.post(&path, &String::from_utf8_lossy(&body)).await })
    }

    fn alarm(&self) -> LocalBoxFuture<'static, ()> {
        let object = Rc::clone(&self.0);
        Box::pin(async move { object.alarm().await })
    }

    /// A problem, which the platform's shell answers instead of the upgrade, closes the socket with its status.
    fn open(&self, connect: String, socket: Rc<dyn Socket>) -> LocalBoxFuture<'static, ()> {
        let object = Rc::clone(&self.0);
        Box::pin(async move {
            let attach = serde_json::from_str(&connect).map_err(|_| Problem::not_found());
            if let Err(problem) = object.attach(attach, Rc::clone(&socket)).await {
                socket.close(problem.kind.status(), "");
            }
        })
    }

    fn frame(&self, socket: Rc<dyn Socket>, text: String) -> LocalBoxFuture<'static, ()> {
        let object = Rc::clone(&self.0);
        Box::pin(async move {
            let frame = if text.len() > object.max_frame_bytes() { Incoming::TooLong } else { Incoming::Text(text) };
            object.take_in(socket, frame);
        })
    }

    fn gone(&self, socket: Rc<dyn Socket>) -> LocalBoxFuture<'static, ()> {
        let object = Rc::clone(&self.0);
        Box::pin(async move { object.socket_gone(&*socket, false) })
    }
}
