//! The `AlertDesk` object: a tenant's panic alerts, separate from its conversations, so that no chat can delay them.
//!
//! **Atomicity.** One turn without an await reads the stored alert, decides, and commits the alert, its timeline, the
//! outbox rows for the pager and the alarm that repeats lost notifications. Success is answered when that is durable.
//!
//! **What survives hibernation.** In SQLite: open and recently closed alerts, their timelines, trails and deliveries,
//! the outbox to the pager, the position up to which D1 has everything. In attachments: the principal of each
//! dashboard's socket. In the roster: the gateways with listeners. Lost and harmless: frames in flight (the alarm
//! notifies again), and delivery rows that were not written yet.
//!
//! **The alarm** is armed for the earliest due time and re-armed after each run: an escalation step, a silent session,
//! a retry to D1 or to the pager. An object that wakes arms it anew, and a cron job sweeps desks whose alarm was lost.

mod alert_subscriptions;
mod commands;
mod connections;
mod dashboards;
mod deliveries;
mod flush;
mod listeners;
mod maintenance;
mod notify;
pub(crate) mod outbox;
mod own_alerts;
mod pacing;
pub(crate) mod queries;
mod quota;
mod raising;
mod releasing;
mod rows;
mod status;

use crate::fan_out::FanOut;
use crate::handshake::{self, PING};
use crate::live;
use crate::quota_reporter::QuotaReporter;
use crate::reclaim;
use crate::revoking;
use crate::sessions::Sessions;
use crate::subscriptions::{self, SubscriptionRegistry};
use campana_core::alerts::AlertSettings;
use campana_core::alerts::command::{DeskRefusal, Sweep};
use campana_core::chat::erasure::ReleaseAlerts;
use campana_core::shared::ids::TenantId;
use campana_core::shared::limits::Limits;
use campana_core::shared::problem::Problem;
use campana_runtime::instance::{Instance, answer, read_request};
use campana_runtime::outbox::Outbox;
use campana_runtime::ports::Answer;
use campana_runtime::sockets::{Incoming, Socket};
use campana_runtime::{Context, Hosted};
use campana_schema::objects::ALERT_DESK;
use dashboards::{FRAME_BURST, OpenAlerts};
use rows::Rows;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

/// A tenant's alert desk. Requests: `/command` ([`DeskRequest`](campana_core::alerts::command::DeskRequest)), `/sweep`
/// ([`Sweep`](campana_core::alerts::command::Sweep)), `/release` ([`ReleaseAlerts`]), and those of [`link`](campana_core::pusher::link) for targets; from
/// the pager `/standing` and `/paged`; from users' own channels `/watch`
/// ([`AlertSubscription`](campana_core::alerts::wire::AlertSubscription)). Dashboards open sockets.
pub(crate) struct Object {
    rows: Rows,
    known: RefCell<Option<Known>>,
    subscriptions: SubscriptionRegistry,
    sessions: RefCell<Sessions>,
    fan_out: RefCell<FanOut>,
    open: OpenAlerts,
    /// `seq`s of changes whose notifications are being sent.
    telling: RefCell<BTreeSet<i64>>,
    deliveries: deliveries::Queue,
    pacing: pacing::Pacing,
    context: Context,
    outbox: Outbox,
    flush: flush::Flush,
    reporter: QuotaReporter,
}

/// The desk's tenant and the app's settings.
#[derive(Clone, PartialEq)]
struct Known {
    tenant: TenantId,
    limits: Limits,
    settings: AlertSettings,
}

/// Result of the desk's functions.
type Outcome<T> = Result<T, DeskRefusal>;

impl Hosted for Object {
    fn context(&self) -> &Context {
        &self.context
    }
}

impl Instance for Object {
    const PING: Option<(&'static str, &'static str)> = Some(PING);

    /// Restores the memory state and arms the alarm for what is due.
    fn start(context: Context) -> Rc<Self> {
        let object = Rc::new(Self {
            subscriptions: SubscriptionRegistry::wake(context.clone()),
            rows: Rows::of(context.sql.clone()),
            known: RefCell::default(),
            sessions: RefCell::new(Sessions::rebuild(&context, FRAME_BURST)),
            fan_out: RefCell::new(FanOut::of_alerts()),
            open: OpenAlerts::default(),
            telling: RefCell::default(),
            deliveries: deliveries::Queue::default(),
            pacing: pacing::Pacing::default(),
            outbox: Outbox::new(context.clone(), &ALERT_DESK, outbox::OUTBOX, outbox::POLICY),
            context,
            flush: flush::Flush::default(),
            reporter: QuotaReporter::default(),
        });
        *object.known.borrow_mut() = object.recall();
        object.arm_for_what_is_due();
        if object.context.host().has_lost_instance() || object.subscriptions.has_missed() {
            subscriptions::deliver_missed(&object);
        }
        object
    }

    async fn request(self: &Rc<Self>, path: &str, body: &str) -> Answer {
        match path {
            "/command" => answer(body, async |question| self.command(question).await).await,
            "/sweep" => answer(body, async |question: Sweep| self.sweep(&question)).await,
            "/release" => answer(body, async |asked: ReleaseAlerts| self.release(&asked).await).await,
            "/watch" => answer(body, async |question| self.subscribe(question).await).await,
            "/standing" => Answer::value(read_request(body).and_then(|question| self.state_of(&question))),
            "/paged" => Answer::value(read_request(body).map(|paged| self.paged(&paged))),
            "/revoked" => Answer::done(read_request(body).map(|list: Vec<_>| revoking::close_revoked(self, &list))),
            live::PATH => live::serve(self, body).await,
            path if path.starts_with("/pusher/") => subscriptions::serve(self, path, body).await,
            _ => Answer::problem(&Problem::not_found()),
        }
    }

    async fn alarm(self: &Rc<Self>) {
        self.run_due().await;
    }

    async fn open(self: &Rc<Self>, connect: &str, socket: Rc<dyn Socket>) -> Result<(), Problem> {
        handshake::open(self, connect, socket).await;
        Ok(())
    }

    fn frame(self: &Rc<Self>, socket: Rc<dyn Socket>, frame: Incoming) {
        self.take_frame(&*socket, frame);
    }

    fn gone(self: &Rc<Self>, socket: &dyn Socket, is_answered: bool) {
        reclaim::socket_gone(self, socket, is_answered);
    }
}

impl Object {
    /// Stores the tenant and the app's settings, for instances that start after hibernation.
    fn remember(&self, tenant: &TenantId, limits: &Limits, settings: &AlertSettings) -> Result<(), Problem> {
        let known = Known { tenant: tenant.clone(), limits: limits.clone(), settings: settings.clone() };
        if self.known.borrow().as_ref() == Some(&known) {
            return Ok(());
        }
        self.rows.make()?;
        self.context.sql.keep("tenant", tenant.as_str())?;
        self.context.sql.keep_json("limits", limits)?;
        self.context.sql.keep_json("settings", settings)?;
        *self.known.borrow_mut() = Some(known);
        Ok(())
    }

    fn recall(&self) -> Option<Known> {
        if !self.rows.are_made() {
            return None;
        }
        let tenant = TenantId::trusted(self.context.sql.recall("tenant").ok().flatten()?);
        let limits = self.context.sql.recall_json("limits").ok().flatten().unwrap_or_default();
        let settings = self.context.sql.recall_json("settings").ok().flatten().unwrap_or_default();
        Some(Known { tenant, limits, settings })
    }

    fn tenant(&self) -> Option<TenantId> {
        self.known.borrow().as_ref().map(|known| known.tenant.clone())
    }

    fn limits(&self) -> Limits {
        self.known.borrow().as_ref().map(|known| known.limits.clone()).unwrap_or_default()
    }

    fn alert_settings(&self) -> AlertSettings {
        self.known.borrow().as_ref().map(|known| known.settings.clone()).unwrap_or_default()
    }
}
