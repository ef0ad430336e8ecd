//! Events that a host delivers to an object.

use crate::context::Context;
use crate::files;
use crate::ports::Answer;
use crate::sockets::{Incoming, Socket, Stream};
use campana_core::shared::json::read_stored;
use campana_core::shared::limits::MAX_FRAME_BYTES;
use campana_core::shared::problem::Problem;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::rc::Rc;

/// Reads the JSON of a request. Fails with kind `internal` if another version sent it.
pub fn read_request<T: DeserializeOwned>(body: &str) -> Result<T, Problem> {
    read_stored(body).map_err(|_| Problem::internal("a request of another version"))
}

/// Reads a request, and answers with the whole `Result` of `act` as JSON.
pub async fn answer<Q: DeserializeOwned, A: Serialize, E: Serialize + From<Problem>>(
    body: &str,
    act: impl AsyncFnOnce(Q) -> Result<A, E>,
) -> Answer {
    let outcome = match read_request(body) {
        Ok(request) => act(request).await,
        Err(problem) => Err(problem.into()),
    };
    Answer::json(&outcome)
}

/// An instance of an object. Its host starts it before the first event, and again after hibernation or a crash. The
/// events of connections do nothing by default.
#[expect(async_fn_in_trait, reason = "objects run on one thread")]
pub trait Instance: 'static {
    /// A text from sockets that the host answers without an event, and the answer.
    const PING: Option<(&'static str, &'static str)> = None;

    /// Starts an instance and restores its memory state.
    fn start(context: Context) -> Rc<Self>;

    /// Answers a request. The path starts with a slash.
    async fn request(self: &Rc<Self>, path: &str, body: &str) -> Answer;

    /// Takes bytes, in pieces as they arrive. `call` is the JSON of the request's header.
    async fn receive(self: &Rc<Self>, _call: &str, _bytes: files::Incoming) -> Answer {
        Answer::problem(&Problem::not_found())
    }

    /// Handles the alarm.
    async fn alarm(self: &Rc<Self>) {}

    /// Opens a socket: accepts it, or refuses it with a frame and a close. `connect` is the JSON of the
    /// connection's header. A problem fails the upgrade itself.
    async fn open(self: &Rc<Self>, _connect: &str, _socket: Rc<dyn Socket>) -> Result<(), Problem> {
        Err(Problem::not_found())
    }

    /// Opens an event stream. A problem becomes the response.
    async fn stream(self: &Rc<Self>, _connect: &str, _stream: Rc<dyn Stream>) -> Result<(), Problem> {
        Err(Problem::not_found())
    }

    /// Longest accepted frame, in bytes.
    fn max_frame_bytes(&self) -> usize {
        MAX_FRAME_BYTES
    }

    /// Handles a frame. Frames of one socket arrive in order; the next one arrives whether or not work on the last one
    /// has ended.
    fn frame(self: &Rc<Self>, _socket: Rc<dyn Socket>, _frame: Incoming) {}

    /// Handles the end of a socket: it closed or broke. `is_answered` is true if the close was complete.
    fn gone(self: &Rc<Self>, _socket: &dyn Socket, _is_answered: bool) {}
}
