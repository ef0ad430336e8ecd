//! Fake objects with connections: scripted lists, recorded questions.

use crate::ports::{BoxFuture, Live};
use campana_core::live::{
    Holder, HoldersOf, Keyed, ListHolders, LiveAnswer, LiveQuestion, Position, Standing, StandingConnection,
    StartTrace, Step, StepKind, Trace, TraceInfo, Transport,
};
use campana_core::shared::ids::TenantId;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

/// An object with its connections.
type Held = (Holder, Vec<Keyed>);

/// Objects by tenant and lease, with their connections, and what was asked.
#[derive(Default)]
pub(crate) struct FakeLive {
    holders: Mutex<BTreeMap<(TenantId, String), Held>>,
    silent: Mutex<BTreeSet<String>>,
    listed: Mutex<Vec<ListHolders>>,
    questions: Mutex<Vec<(String, LiveQuestion)>>,
    access: Mutex<Option<Problem>>,
    /// By tenant and lease.
    traces: Mutex<BTreeMap<(TenantId, String), Trace>>,
}

impl FakeLive {
    /// Adds an object with these connections.
    pub(crate) fn add(&self, tenant: &str, holder: Holder, connections: Vec<Keyed>) {
        let key = (TenantId::trusted(tenant), holder.source.clone());
        self.holders.lock().expect("the lock is not poisoned").insert(key, (holder, connections));
    }

    /// Lets an object not answer.
    pub(crate) fn silence(&self, source: &str) {
        self.silent.lock().expect("the lock is not poisoned").insert(source.to_owned());
    }

    /// Lets the objects of channels refuse everybody.
    pub(crate) fn refuse(&self, problem: Problem) {
        *self.access.lock().expect("the lock is not poisoned") = Some(problem);
    }

    /// Requests to quota registries.
    pub(crate) fn listed(&self) -> Vec<ListHolders> {
        self.listed.lock().expect("the lock is not poisoned").clone()
    }

    /// Questions to objects, with their leases.
    pub(crate) fn questions(&self) -> Vec<(String, LiveQuestion)> {
        self.questions.lock().expect("the lock is not poisoned").clone()
    }

    /// A trace with one step.
    fn start(&self, tenant: &TenantId, source: &str, asked: &StartTrace) -> Trace {
        let began_at = Timestamp::from_millis(0);
        let (user, channel) = (asked.user.clone(), asked.channel.clone());
        let info = TraceInfo {
            name: "0123abcd".to_owned(),
            user,
            channel,
            began_at,
            ends_at: began_at.plus_millis(asked.millis),
        };
        let steps = vec![Step::new(began_at, StepKind::Published, Transport::Native)];
        let trace = Trace { info, steps, left_out: 0 };
        let key = (tenant.clone(), source.to_owned());
        self.traces.lock().expect("the lock is not poisoned").insert(key, trace.clone());
        trace
    }

    fn answer(&self, tenant: &TenantId, source: &str, question: &LiveQuestion) -> Result<LiveAnswer, Problem> {
        if self.silent.lock().expect("the lock is not poisoned").contains(source) {
            return Err(Problem::unavailable("the object did not answer"));
        }
        match question {
            LiveQuestion::StartTrace(asked) => {
                return Ok(LiveAnswer::Trace(Box::new(self.start(tenant, source, asked))));
            }
            LiveQuestion::Trace { name } => {
                let traces = self.traces.lock().expect("the lock is not poisoned");
                let found = traces.get(&(tenant.clone(), source.to_owned())).filter(|trace| trace.info.name == *name);
                return found.map(|trace| LiveAnswer::Trace(Box::new(trace.clone()))).ok_or_else(Problem::not_found);
            }
            _ => {}
        }
        let mut holders = self.holders.lock().expect("the lock is not poisoned");
        let (_, connections) = holders.get_mut(&(tenant.clone(), source.to_owned())).ok_or_else(Problem::not_found)?;
        let find = |key: &str| connections.iter().find(|keyed| keyed.key == key).cloned();
        match question {
            LiveQuestion::List(asked) => {
                let is_asked = |keyed: &&Keyed| asked.user.is_none() || asked.user == keyed.connection.user_id;
                let all = connections.iter().filter(is_asked).map(|keyed| (keyed.key.clone(), keyed));
                Ok(LiveAnswer::page(asked, all, |keyed| keyed.connection.clone()))
            }
            LiveQuestion::Find { key } => {
                Ok(LiveAnswer::Connection(Box::new(find(key).ok_or_else(Problem::not_found)?)))
            }
            LiveQuestion::Position => {
                let connections = u32::try_from(connections.len()).expect("few connections");
                Ok(LiveAnswer::Position(Position { epoch: Some("e".to_owned()), head: Some(42), connections }))
            }
            LiveQuestion::Standing(asked) => {
                let theirs = connections.iter().filter(|keyed| keyed.connection.user_id.as_ref() == Some(&asked.user));
                let is_subscribed = |keyed: &Keyed| {
                    asked.target.is_some() || asked.channel.iter().any(|it| keyed.connection.channels.contains(it))
                };
                let shown = theirs.map(|keyed| StandingConnection {
                    keyed: keyed.clone(),
                    is_subscribed: is_subscribed(keyed),
                    permissions: Vec::new(),
                });
                let access =
                    asked.target.is_some().then(|| self.access.lock().expect("the lock is not poisoned").clone());
                let position = Position { epoch: Some("e".to_owned()), head: Some(42), connections: 1 };
                let access = access.map(|refusal| refusal.map_or(Ok(()), Err));
                let standing = Standing { connections: shown.collect(), access, position, ..Standing::default() };
                Ok(LiveAnswer::Standing(Box::new(standing)))
            }
            LiveQuestion::StartTrace(_) | LiveQuestion::Trace { .. } => panic!("answered above"),
            LiveQuestion::Close { key } => {
                find(key).ok_or_else(Problem::not_found)?;
                connections.retain(|keyed| keyed.key != *key);
                Ok(LiveAnswer::Closed)
            }
        }
    }
}

impl Live for FakeLive {
    fn holders<'a>(&'a self, tenant: &'a TenantId, asked: ListHolders) -> BoxFuture<'a, Result<Vec<Holder>, Problem>> {
        let holders = self.holders.lock().expect("the lock is not poisoned");
        let is_asked = |holder: &Holder, connections: &[Keyed]| match &asked.of {
            HoldersOf::App => true,
            HoldersOf::User(user) => connections.iter().any(|it| it.connection.user_id.as_ref() == Some(user)),
            HoldersOf::Channel(target) => {
                holder.source.starts_with("gateway.") || target.as_ref() == Some(&holder.source)
            }
            HoldersOf::Lease(source) => holder.source == *source,
        };
        let of_tenant = holders.iter().filter(|((owner, _), _)| owner == tenant).map(|(_, found)| found);
        let found = of_tenant.filter(|(holder, list)| holder.source >= asked.from && is_asked(holder, list));
        let limit = usize::try_from(asked.limit).unwrap_or(usize::MAX);
        let found: Vec<Holder> = found.map(|(holder, _)| holder.clone()).take(limit).collect();
        let is_silent = self.silent.lock().expect("the lock is not poisoned").contains("registry");
        self.listed.lock().expect("the lock is not poisoned").push(asked);
        Box::pin(
            async move { if is_silent { Err(Problem::unavailable("the object did not answer")) } else { Ok(found) } },
        )
    }

    fn ask<'a>(
        &'a self,
        tenant: &'a TenantId,
        holder: &'a Holder,
        question: LiveQuestion,
    ) -> BoxFuture<'a, Result<LiveAnswer, Problem>> {
        self.questions.lock().expect("the lock is not poisoned").push((holder.source.clone(), question.clone()));
        let answer = self.answer(tenant, &holder.source, &question);
        Box::pin(async move { answer })
    }
}
