//! An HTTP connection with sequential requests.

use crate::pusher;
use crate::{BenchError, Result};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{Connection, SendRequest, handshake};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::Instant;

pub(crate) struct Client {
    authority: String,
    requests: SendRequest<Full<Bytes>>,
}

/// A response and its time.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
    pub(crate) elapsed: Duration,
}

impl Client {
    /// Connects, in the current `LocalSet`. `authority` is `host:port`.
    pub(crate) async fn connect(authority: &str) -> Result<Self> {
        Ok(Self { authority: authority.to_owned(), requests: open(authority).await? })
    }

    /// Connects again if the server has closed the connection, as servers do with idle ones.
    pub(crate) async fn stay_open(&mut self) -> Result<()> {
        if self.requests.is_closed() {
            self.requests = open(&self.authority).await?;
        }
        Ok(())
    }

    pub(crate) async fn get(&mut self, path: &str, token: &str) -> Result<Answer> {
        self.ask(get(&self.authority, path, token)?).await
    }

    /// Posts JSON to a path with its query.
    pub(crate) async fn post(&mut self, publish: pusher::Request) -> Result<Answer> {
        let bearer = publish.token.map(|token| (AUTHORIZATION, format!("Bearer {token}")));
        let post = Request::post(publish.target).header(HOST, &self.authority).header(CONTENT_TYPE, "application/json");
        let request = bearer
            .into_iter()
            .fold(post, |post, (name, value)| post.header(name, value))
            .body(Full::from(publish.body))
            .map_err(|error| BenchError::Publish(error.to_string()))?;
        self.ask(request).await
    }

    async fn ask(&mut self, request: Request<Full<Bytes>>) -> Result<Answer> {
        let started = Instant::now();
        self.requests.ready().await?;
        let response = self.requests.send_request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        Ok(Answer { status, body, elapsed: started.elapsed() })
    }
}

fn get(authority: &str, path: &str, token: &str) -> Result<Request<Full<Bytes>>> {
    Request::get(path)
        .header(HOST, authority)
        .header(AUTHORIZATION, format!("Bearer {token}"))
        .body(Full::default())
        .map_err(|error| BenchError::Page(error.to_string()))
}

/// Opens a response whose body does not end, on a connection of its own. The body is read only when the caller polls for frames,
/// except for buffered bytes.
pub(crate) async fn open_stream(authority: &str, path: &str, token: &str) -> Result<Response<Incoming>> {
    let (mut requests, connection) = connect(authority).await?;
    // The body reports how the connection ends.
    tokio::task::spawn_local(connection);
    let response = requests.send_request(get(authority, path, token)?).await?;
    if response.status() != StatusCode::OK {
        return Err(BenchError::Page(format!("{path}: {}", response.status())));
    }
    Ok(response)
}

async fn open(authority: &str) -> Result<SendRequest<Full<Bytes>>> {
    let (requests, connection) = connect(authority).await?;
    tokio::task::spawn_local(async move {
        if let Err(error) = connection.await {
            eprintln!("connection failed: {error}");
        }
    });
    Ok(requests)
}

async fn connect(authority: &str) -> Result<(SendRequest<Full<Bytes>>, Connection<TokioIo<TcpStream>, Full<Bytes>>)> {
    let stream = TcpStream::connect(authority).await?;
    stream.set_nodelay(true)?;
    Ok(handshake(TokioIo::new(stream)).await?)
}
