//! The platform as an implementation of the ports of [`campana_runtime`].

use crate::file_parts;
use crate::outbound::{self, head};
use crate::platform;
use crate::secrets::secrets_keys;
use crate::sql::Sql;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::Context;
use campana_runtime::files::{FileParts, FileStores};
use campana_runtime::ports::{
    Address, AlarmClock, Answer, Clock, Document, Network, Objects, Outbound, Random, Reading, Record, Tasks, Variables,
};
use campana_storage::Store;
use campana_storage_d1::D1;
use futures_util::future::LocalBoxFuture;
use js_sys::Uint8Array;
use std::rc::Rc;
use std::sync::Arc;
use worker::{Env, Method, Request, RequestInit, State, Stub};

/// Context of an object on the platform. Made once per instance, since it registers the instance.
pub(crate) fn context(state: &State, env: &Env, sql: Sql) -> Context {
    let has_lost = platform::lost_an_instance(state);
    Context::new(sql, Rc::new(ObjectHost { state: platform::same(state), env: env.clone(), has_lost }))
}

/// Ports of an object on the platform; those of its connections are in `sockets.rs`.
pub(crate) struct ObjectHost {
    pub(crate) state: State,
    env: Env,
    /// Whether an earlier instance of the object was lost.
    pub(crate) has_lost: bool,
}

impl Clock for ObjectHost {
    fn now(&self) -> Timestamp {
        platform::now()
    }

    fn sleep(&self, millis: u32) -> LocalBoxFuture<'static, ()> {
        Box::pin(platform::sleep(millis))
    }
}

impl Random for ObjectHost {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), Problem> {
        platform::fill_random(bytes)
    }
}

impl AlarmClock for ObjectHost {
    fn set_alarm(&self, at: Timestamp) {
        platform::arm_alarm(&self.state, at);
    }
}

impl Tasks for ObjectHost {
    fn spawn(&self, task: LocalBoxFuture<'static, ()>) {
        self.state.wait_until(task);
    }
}

impl Objects for ObjectHost {
    fn post_to(&self, to: &Address, path: &str, body: Vec<u8>) -> LocalBoxFuture<'static, Result<Answer, String>> {
        let stub = self.env.durable_object(to.namespace).and_then(|namespace| namespace.get_by_name(&to.name));
        let url = format!("http://object/{path}");
        Box::pin(async move { post_to(stub, &url, &body).await.map_err(|error| error.to_string()) })
    }
}

async fn post_to(stub: worker::Result<Stub>, url: &str, body: &[u8]) -> worker::Result<Answer> {
    let mut init = RequestInit::new();
    // As bytes: a string body would be decoded to a JavaScript string and encoded again.
    init.with_method(Method::Post).with_body(Some(Uint8Array::from(body).into()));
    let mut response = stub?.fetch_with_request(Request::new_with_init(url, &init)?).await?;
    // Read the body in any case: an unread one keeps the object awake.
    let body = response.bytes().await?;
    Ok(Answer { body, ..head(&response) })
}

impl Network for ObjectHost {
    fn post(&self, request: Outbound) -> LocalBoxFuture<'static, Result<Answer, ()>> {
        Box::pin(outbound::post(request))
    }

    fn get(&self, reading: Reading) -> LocalBoxFuture<'static, Result<Document, ()>> {
        Box::pin(outbound::page(reading))
    }
}

impl Record for ObjectHost {
    fn record(&self) -> Result<Store, Problem> {
        let database = self.env.d1("DB").map_err(|_| Problem::unavailable("the database is not bound"))?;
        Ok(Store::new(Arc::new(D1(database))).with_secrets_keys(secrets_keys(&self.env)?))
    }
}

impl FileStores for ObjectHost {
    fn file_parts(&self) -> Result<Rc<dyn FileParts>, Problem> {
        file_parts::bucket(&self.env)
    }
}

impl Variables for ObjectHost {
    fn variable(&self, name: &str) -> Option<String> {
        self.env.var(name).ok().map(|value| value.to_string())
    }
}
