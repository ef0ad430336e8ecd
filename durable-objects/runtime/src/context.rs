//! An object's access to its host.

use crate::alarm::Alarm;
use crate::files::FileParts;
use crate::ports::Host;
use crate::sql::Sql;
use campana_core::shared::address::Reach;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_storage::Store;
use std::rc::Rc;
use std::task::{self, Waker};

/// An object's host, database and alarm.
#[derive(Clone)]
pub struct Context {
    /// The object's own SQLite.
    pub sql: Sql,
    host: Rc<dyn Host>,
    alarm: Rc<Alarm>,
}

impl Context {
    /// A context of this host and database.
    pub fn new(sql: Sql, host: Rc<dyn Host>) -> Self {
        Self { sql, host, alarm: Rc::default() }
    }

    /// The host's ports.
    pub fn host(&self) -> &dyn Host {
        &*self.host
    }

    /// The object's alarm.
    pub fn alarm(&self) -> &Alarm {
        &self.alarm
    }

    /// Arms the alarm, unless it is armed for an earlier time.
    pub fn wake_at(&self, at: Timestamp) {
        self.alarm.arm(self, at);
    }

    /// The current time.
    pub fn now(&self) -> Timestamp {
        self.host.now()
    }

    /// `N` random bytes. Fails if the host has no randomness.
    pub fn random<const N: usize>(&self) -> Result<[u8; N], Problem> {
        let mut bytes = [0; N];
        self.host.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// Waits for `millis` milliseconds.
    pub fn sleep(&self, millis: u32) -> impl Future<Output = ()> + 'static + use<> {
        self.host.sleep(millis)
    }

    /// The record of this deployment; 503 if no database is bound.
    pub fn record(&self) -> Result<Store, Problem> {
        self.host.record()
    }

    /// The store of uploaded files of this deployment; 503 if it has none.
    pub fn file_parts(&self) -> Result<Rc<dyn FileParts>, Problem> {
        self.host.file_parts()
    }

    /// A random number for jitter, of the full range of `u32`.
    pub fn chance(&self) -> Result<u32, Problem> {
        Ok(u32::from_be_bytes(self.random()?))
    }

    /// A random name of 32 hexadecimal digits.
    pub fn random_name(&self) -> Result<String, Problem> {
        Ok(format!("{:032x}", u128::from_be_bytes(self.random()?)))
    }

    /// Runs a task in the background.
    pub fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        self.host.spawn(Box::pin(task));
    }

    /// Runs a task up to its first wait now, and the rest in the background.
    pub fn begin(&self, task: impl Future<Output = ()> + 'static) {
        let mut task = Box::pin(task);
        // The poll in the background registers the real waker.
        if task.as_mut().poll(&mut task::Context::from_waker(Waker::noop())).is_pending() {
            self.spawn(task);
        }
    }

    /// Whether this is a development machine: `ENVIRONMENT` is `local`.
    pub fn is_local(&self) -> bool {
        self.host.variable("ENVIRONMENT").is_some_and(|environment| environment == "local")
    }

    /// Addresses that outbound HTTP may reach: private networks only on a development machine.
    pub fn reach(&self) -> Reach {
        if self.is_local() { Reach::Anywhere } else { Reach::Internet }
    }
}

/// An object on a host. Its shared parts reach the host through it.
pub trait Hosted: 'static {
    /// Its context.
    fn context(&self) -> &Context;

    /// Arms the alarm, unless it is armed for an earlier time.
    fn wake_at(&self, at: Timestamp) {
        self.context().wake_at(at);
    }

    /// Runs a task with the object in the background.
    fn spawn(self: &Rc<Self>, task: impl AsyncFnOnce(Rc<Self>) + 'static)
    where
        Self: Sized,
    {
        let object = Rc::clone(self);
        self.context().spawn(async move { task(object).await });
    }
}
