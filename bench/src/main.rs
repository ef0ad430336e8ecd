//! Load generator of Campana's benchmark. One process is both sender and readers, so that one monotonic clock measures; one thread,
//! so that its processor time is easy to attribute. Prints one JSON object.

mod alerts;
mod asleep;
mod crowd;
mod desk;
mod flow;
mod host;
mod http;
mod idle;
mod latency;
mod people;
mod protocol;
mod publish;
mod pusher;
mod reading;
mod rooms;
mod slow_readers;
mod together;
mod token;

use alerts::Pause;
use clap::{Args, Parser, Subcommand};
use desk::{Desk, Replay};
use protocol::Protocol;
use pusher::{Audience, PusherApp, Server};
use slow_readers::{System, Transport};
use std::cell::Cell;
use std::time::Duration;
use token::Issuer;

/// Reasons for a failed measurement.
#[derive(Debug, thiserror::Error)]
enum BenchError {
    #[error("socket: {0}")]
    Socket(#[from] tokio_tungstenite::tungstenite::Error),
    #[error("connection: {0}")]
    Io(#[from] std::io::Error),
    #[error("HTTP: {0}")]
    Http(#[from] hyper::Error),
    #[error("not every socket was welcomed: {0}")]
    NotWelcomed(String),
    #[error("warm-up messages were lost: {0}")]
    WarmUp(String),
    #[error("events were lost: {0}")]
    Lost(String),
    #[error("page: {0}")]
    Page(String),
    #[error("publish: {0}")]
    Publish(String),
    #[error("the engine's memory cannot be read")]
    NoMemoryReading,
    #[error("a Campana target needs --conversation, --tenant and --secret")]
    NoConversation,
    #[error("a Pusher server needs --key, --secret and --app-id")]
    NoKey,
    #[error("report: {0}")]
    Report(#[from] serde_json::Error),
}

type Result<T> = std::result::Result<T, BenchError>;

#[derive(Parser)]
#[command(about = "Measures one server once; prints JSON")]
struct Arguments {
    #[command(flatten)]
    target: Target,
    #[command(subcommand)]
    scenario: Scenario,
}

/// The server under test.
#[derive(Args)]
struct Target {
    /// host:port of the server.
    #[arg(long, global = true, default_value = "127.0.0.1:8787")]
    authority: String,
    /// Path of a bare server's socket.
    #[arg(long, global = true)]
    bare: Option<String>,
    /// Campana: the conversation.
    #[arg(long, global = true)]
    conversation: Option<String>,
    /// Campana: the tenant.
    #[arg(long, global = true, default_value = "demo")]
    tenant: String,
    /// The secret of the app, which signs tokens and publish requests.
    #[arg(long, global = true, default_value = "demo-secret")]
    secret: String,
    /// A Pusher server: the key of the app.
    #[arg(long, global = true)]
    key: Option<String>,
    /// A Pusher server: the id of the app.
    #[arg(long, global = true, default_value = "1")]
    app_id: String,
    /// The channel to publish on.
    #[arg(long, global = true, default_value = "bench")]
    channel: String,
    /// Makes the ids of a run unique.
    #[arg(long, global = true, default_value = "0")]
    run_id: String,
    /// Frames for a bare server to replay: of a raised alert and of its end.
    #[arg(long, global = true, num_args = 2)]
    frames: Option<Vec<String>>,
    /// Process id of the server.
    #[arg(long, global = true)]
    engine_pid: Option<u32>,
}

#[derive(Subcommand)]
enum Scenario {
    /// One sender, many readers.
    Flow {
        #[arg(long)]
        readers: usize,
        #[arg(long)]
        messages: usize,
        #[arg(long, default_value_t = 50)]
        warm_up: usize,
        /// Messages a second; default: as fast as possible.
        #[arg(long)]
        rate: Option<u32>,
    },
    /// Memory of idle sockets.
    Idle {
        #[arg(long)]
        sockets: usize,
        #[arg(long, default_value_t = 12)]
        settle_seconds: u64,
    },
    /// Publishing to many subscribers of the Pusher protocol.
    Publish {
        #[arg(long)]
        subscribers: usize,
        #[arg(long)]
        publishes: usize,
        #[arg(long, default_value_t = 20)]
        warm_up: usize,
        /// Concurrent publishes.
        #[arg(long, default_value_t = 1)]
        in_flight: usize,
    },
    /// Idle subscribers of the Pusher protocol.
    Asleep {
        #[arg(long)]
        subscribers: usize,
        #[arg(long, default_value_t = 12)]
        settle_seconds: u64,
        #[arg(long, default_value_t = 60)]
        watch_seconds: u64,
    },
    /// Sequential alerts to many dashboards.
    Alerts {
        #[arg(long)]
        dashboards: usize,
        #[arg(long)]
        alerts: usize,
        #[arg(long, default_value_t = 5)]
        warm_up: usize,
        /// Milliseconds between alerts; default: until the server is idle.
        #[arg(long)]
        pause_ms: Option<u64>,
        /// Print `ready` once the dashboards are connected, and continue when standard input ends.
        #[arg(long)]
        wait: bool,
    },
    /// Many idle dashboards.
    AlertsIdle {
        #[arg(long)]
        dashboards: usize,
        #[arg(long, default_value_t = 12)]
        settle_seconds: u64,
        #[arg(long, default_value_t = 60)]
        watch_seconds: u64,
        /// Path of the server's counters.
        #[arg(long)]
        counts: String,
    },
    /// Bursts of messages until the standard input ends.
    Chat {
        #[arg(long)]
        readers: usize,
        #[arg(long)]
        messages: usize,
    },
    /// Readers that stop reading while others write.
    SlowReaders {
        #[arg(long)]
        writers: u32,
        #[arg(long)]
        readers: usize,
        /// Messages a second of each writer.
        #[arg(long)]
        rate: u32,
        #[arg(long)]
        seconds: u64,
        /// The transport of the readers and of the bystander.
        #[arg(long, value_enum, default_value = "native")]
        transport: Transport,
        /// The readers read: the baseline.
        #[arg(long)]
        reading: bool,
    },
    /// All people of a conversation send at once, then react at once.
    Together {
        #[arg(long)]
        people: usize,
        #[arg(long)]
        rounds: usize,
        #[arg(long, default_value_t = 4)]
        warm_up: usize,
    },
    /// Newest page and authorization.
    Reading {
        #[arg(long)]
        pages: usize,
        #[arg(long)]
        connects: usize,
        #[arg(long)]
        members: usize,
        #[arg(long, default_value_t = 0)]
        run: usize,
    },
    /// Authorization of reading rooms.
    Rooms {
        #[arg(long)]
        requests: usize,
        #[arg(long)]
        rooms: usize,
        #[arg(long, default_value_t = 0)]
        run: usize,
    },
}

fn main() -> std::process::ExitCode {
    let arguments = Arguments::parse();
    match measure(arguments) {
        Ok(report) => {
            println!("{report}");
            std::process::ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("campana-bench: {error}");
            std::process::ExitCode::FAILURE
        }
    }
}

fn measure(arguments: Arguments) -> Result<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    tokio::task::LocalSet::new().block_on(&runtime, run(arguments))
}

async fn run(Arguments { target, scenario }: Arguments) -> Result<String> {
    let engine_pid = target.engine_pid;
    let report = match scenario {
        Scenario::Flow { readers, messages, warm_up, rate } => {
            let plan = flow::Plan { readers, messages, warm_up, rate, engine_pid };
            serde_json::to_string(&flow::run(target.protocol()?, plan).await?)
        }
        Scenario::Idle { sockets, settle_seconds } => {
            let engine_pid = engine_pid.ok_or(BenchError::NoMemoryReading)?;
            let plan = idle::Plan { sockets, settle: Duration::from_secs(settle_seconds), engine_pid };
            serde_json::to_string(&idle::run(target.protocol()?, plan).await?)
        }
        Scenario::Publish { subscribers, publishes, warm_up, in_flight } => {
            let plan = publish::Plan { subscribers, publishes, warm_up, in_flight, engine_pid };
            serde_json::to_string(&publish::run(target.audience()?, plan).await?)
        }
        Scenario::Asleep { subscribers, settle_seconds, watch_seconds } => {
            let (settle, watch) = (Duration::from_secs(settle_seconds), Duration::from_secs(watch_seconds));
            let plan = asleep::Plan { subscribers, settle, watch, engine_pid };
            serde_json::to_string(&asleep::run(target.audience()?, plan).await?)
        }
        Scenario::Alerts { dashboards, alerts, warm_up, pause_ms, wait: waits } => {
            let pause = pause_ms.map_or(Pause::Rest, |pause| Pause::For(Duration::from_millis(pause)));
            let plan = alerts::Plan { dashboards, alerts, warm_up, pause, waits, engine_pid };
            serde_json::to_string(&alerts::run(target.desk(), plan).await?)
        }
        Scenario::AlertsIdle { dashboards, settle_seconds, watch_seconds, counts } => {
            let (settle, watch) = (Duration::from_secs(settle_seconds), Duration::from_secs(watch_seconds));
            let plan = alerts::IdlePlan { dashboards, settle, watch, counts, engine_pid };
            serde_json::to_string(&alerts::idle(target.desk(), plan).await?)
        }
        Scenario::Chat { readers, messages } => {
            let plan = flow::Plan { readers, messages, warm_up: 0, rate: None, engine_pid };
            serde_json::to_string(&flow::chat(target.protocol()?, plan).await?)
        }
        Scenario::SlowReaders { writers, readers, rate, seconds, transport, reading } => {
            let writing = Duration::from_secs(seconds);
            let plan = slow_readers::Plan { writers, readers, rate, writing, reading, engine_pid };
            let key = target.key.clone();
            let system = System { authority: target.authority.clone(), transport, key, protocol: target.protocol()? };
            serde_json::to_string(&slow_readers::run(system, plan).await?)
        }
        Scenario::Together { people, rounds, warm_up } => {
            let plan = together::Plan { people, rounds, warm_up, engine_pid };
            serde_json::to_string(&together::run(target.protocol()?, plan).await?)
        }
        Scenario::Reading { pages, connects, members, run } => {
            let plan = reading::Plan { pages, connects, members, run };
            let conversation = target.conversation.ok_or(BenchError::NoConversation)?;
            let issuer = Issuer { tenant: target.tenant, secret: target.secret };
            serde_json::to_string(&reading::run(&target.authority, &conversation, issuer, plan).await?)
        }
        Scenario::Rooms { requests, rooms, run } => {
            let issuer = Issuer { tenant: target.tenant, secret: target.secret };
            let plan = rooms::Plan { requests, rooms, run };
            serde_json::to_string(&rooms::run(&target.authority, &issuer, plan).await?)
        }
    };
    Ok(report?)
}

impl Target {
    fn protocol(self) -> Result<Protocol> {
        if let Some(path) = self.bare {
            return Ok(Protocol::Bare { url: format!("ws://{}{path}", self.authority) });
        }
        let conversation = self.conversation.ok_or(BenchError::NoConversation)?;
        let issuer = Issuer { tenant: self.tenant, secret: self.secret };
        Ok(Protocol::Campana { origin: format!("ws://{}", self.authority), conversation, issuer })
    }

    /// A desk, or a bare server that replays a desk's frames.
    fn desk(self) -> Audience {
        let run_id = self.run_id;
        let server = if let (Some(path), Some([raised, ended])) = (self.bare, self.frames.as_deref()) {
            Server::Replay(Replay { path, run_id, raised: raised.clone(), ended: ended.clone() })
        } else {
            let issuer = Issuer { tenant: self.tenant, secret: self.secret };
            let transport = self.key.map_or(desk::Transport::Native, |key| desk::Transport::Channel { key });
            Server::Desk(Desk { issuer, run_id, transport, dashboards: Cell::default() })
        };
        Audience { authority: self.authority, server, channel: self.channel }
    }

    fn audience(self) -> Result<Audience> {
        let server = if let Some(path) = self.bare {
            Server::Bare { path }
        } else {
            let key = self.key.ok_or(BenchError::NoKey)?;
            Server::Pusher(PusherApp { id: self.app_id, key, secret: self.secret })
        };
        Ok(Audience { authority: self.authority, server, channel: self.channel })
    }
}
