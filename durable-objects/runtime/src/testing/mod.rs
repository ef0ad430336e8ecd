//! Deterministic host of objects in this process: SQLite in memory, a fake clock, and a network and a scheduler driven
//! by a seed. Calls and answers are lost or late, ready tasks run in any order, an object may die at any statement. The
//! same seed gives the same run.

mod database;
mod engine;
mod files;
mod host;
mod instance;
mod sockets;
mod tasks;
mod world;

pub use files::FilesInMemory;
pub use instance::instance;
pub use sockets::{TestSocket, TestStream};
pub use world::{Faults, Node, Object, World};
