//! The conversation in a simulated world, as the platform's shell drives it.

use super::{Object, connect};
use crate::handshake::{open, read_connect};
use campana_core::shared::limits::MAX_FRAME_BYTES;
use campana_runtime::Context;
use campana_runtime::ports::Answer;
use campana_runtime::sockets::{Incoming, Socket, Stream};
use campana_runtime::testing;
use futures_util::future::LocalBoxFuture;
use std::rc::Rc;

struct Simulated(Rc<Object>);

/// Starts an instance.
pub(crate) fn simulated(context: Context) -> Rc<dyn testing::Object> {
    Rc::new(Simulated(Object::start(context)))
}

impl testing::Object for Simulated {
    fn fetch(&self, path: &str, body: Vec<u8>) -> LocalBoxFuture<'static, Answer> {
        let (object, path) = (Rc::clone(&self.0), format!("/{path}"));
        Box::pin(async move {
            object.catch_up();
            object.post(&path, &String::from_utf8_lossy(&body)).await
        })
    }

    fn alarm(&self) -> LocalBoxFuture<'static, ()> {
        let object = Rc::clone(&self.0);
        Box::pin(async move { object.alarm().await })
    }

    fn open(&self, connect: String, socket: Rc<dyn Socket>) -> LocalBoxFuture<'static, ()> {
        let object = Rc::clone(&self.0);
        Box::pin(async move {
            object.catch_up();
            open(&object, read_connect(&connect), socket).await;
        })
    }

    fn stream(&self, connect: String, stream: Rc<dyn Stream>) -> LocalBoxFuture<'static, ()> {
        let object = Rc::clone(&self.0);
        Box::pin(async move {
            object.catch_up();
            let _refused = connect::events(&object, read_connect(&connect), stream).await;
        })
    }

    fn frame(&self, socket: Rc<dyn Socket>, text: String) -> LocalBoxFuture<'static, ()> {
        let object = Rc::clone(&self.0);
        Box::pin(async move {
            object.catch_up();
            let frame = if text.len() > MAX_FRAME_BYTES { Incoming::TooLong } else { Incoming::Text(text) };
            object.take_in(socket, frame);
        })
    }

    fn gone(&self, socket: Rc<dyn Socket>) -> LocalBoxFuture<'static, ()> {
        let object = Rc::clone(&self.0);
        Box::pin(async move { object.socket_gone(&*socket, false) })
    }
}
