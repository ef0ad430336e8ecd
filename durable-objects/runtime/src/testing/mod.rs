//! A host of objects in this process: SQLite in memory, a fake clock, and a network and a scheduler that are as bad as a seed
//! makes them. Calls are lost, late, answered without the answer arriving; ready tasks run in any order; an object dies between
//! any two statements. The same seed gives the same run.

mod database;
mod host;
mod tasks;
mod world;

pub use world::{Faults, Node, Object, World};
