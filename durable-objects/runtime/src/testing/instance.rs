//! Any [`Instance`] as an object of the simulated world.

use super::world::Object;
use crate::context::Context;
use crate::files;
use crate::instance::Instance;
use crate::ports::Answer;
use crate::sockets::{Incoming, Socket, Stream};
use futures_util::future::LocalBoxFuture;
use std::rc::Rc;

struct Simulated<I>(Rc<I>);

/// Starts an instance.
pub fn instance<I: Instance>(context: Context) -> Rc<dyn Object> {
    Rc::new(Simulated(I::start(context)))
}

impl<I: Instance> Object for Simulated<I> {
    fn fetch(&self, path: &str, body: Vec<u8>) -> LocalBoxFuture<'static, Answer> {
        let (instance, path) = (Rc::clone(&self.0), format!("/{path}"));
        Box::pin(async move { instance.request(&path, &String::from_utf8_lossy(&body)).await })
    }

    fn receive(&self, call: String, bytes: files::Incoming) -> LocalBoxFuture<'static, Answer> {
        let instance = Rc::clone(&self.0);
        Box::pin(async move { instance.receive(&call, bytes).await })
    }

    fn alarm(&self) -> LocalBoxFuture<'static, ()> {
        let instance = Rc::clone(&self.0);
        Box::pin(async move { instance.alarm().await })
    }

    fn open(&self, connect: String, socket: Rc<dyn Socket>) -> LocalBoxFuture<'static, ()> {
        let instance = Rc::clone(&self.0);
        Box::pin(async move {
            // The client of a failed upgrade sees the status.
            if let Err(problem) = instance.open(&connect, Rc::clone(&socket)).await {
                socket.close(problem.kind.status(), "");
            }
        })
    }

    fn stream(&self, connect: String, stream: Rc<dyn Stream>) -> LocalBoxFuture<'static, ()> {
        let instance = Rc::clone(&self.0);
        Box::pin(async move {
            let _refused = instance.stream(&connect, stream).await;
        })
    }

    fn frame(&self, socket: Rc<dyn Socket>, text: String) -> LocalBoxFuture<'static, ()> {
        let instance = Rc::clone(&self.0);
        Box::pin(async move {
            let is_too_long = text.len() > instance.max_frame_bytes();
            instance.frame(socket, if is_too_long { Incoming::TooLong } else { Incoming::Text(text) });
        })
    }

    fn gone(&self, socket: Rc<dyn Socket>) -> LocalBoxFuture<'static, ()> {
        let instance = Rc::clone(&self.0);
        Box::pin(async move { instance.gone(&*socket, false) })
    }
}
