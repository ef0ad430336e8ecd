//! Lists of a tenant's alerts, newest first, and of overdue alerts of all tenants.

use super::single::bodies;
use crate::Store;
use crate::database::{AFTER_ALL_NUMBERS, Statement, StorageError, Value};
use crate::decode::millis;
use campana_core::alerts::record::OwnView;
use campana_core::alerts::{Alert, AlertId, Status};
use campana_core::shared::ids::{TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::Query;
use campana_schema::alerts;
use serde::Deserialize;

/// Maximum alerts of [`Store::active_alerts`], and maximum views of [`Store::active_views`].
pub const ACTIVE: u32 = 10;
/// Later than every time.
pub(super) const AFTER_ALL_TIMES: Timestamp = Timestamp::from_millis(AFTER_ALL_NUMBERS);

/// Filter by the state of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertState {
    /// Open alerts.
    Open,
    /// Closed alerts.
    Closed,
    /// Alerts with exactly this status.
    Is(Status),
}

impl AlertState {
    /// Whether an alert with this status matches.
    pub fn holds(self, status: Status) -> bool {
        match self {
            Self::Open => status.is_open(),
            Self::Closed => !status.is_open(),
            Self::Is(wanted) => status == wanted,
        }
    }

    fn is_closed(self) -> Option<i64> {
        match self {
            Self::Open => Some(0),
            Self::Closed => Some(1),
            Self::Is(_) => None,
        }
    }

    fn status(self) -> Option<&'static str> {
        match self {
            Self::Is(status) => Some(status.as_str()),
            Self::Open | Self::Closed => None,
        }
    }
}

/// Which alerts to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlertFilter {
    /// Only alerts in this state.
    pub state: Option<AlertState>,
    /// Only alerts raised by this user.
    pub user_id: Option<UserId>,
    /// Only drills, or only real alerts.
    pub drill: Option<bool>,
    /// Earliest time of raising, inclusive.
    pub since: Option<Timestamp>,
    /// Latest time of raising, inclusive.
    pub until: Option<Timestamp>,
}

/// Cursor of a list of alerts: the page starts with the next older alert.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AlertPlace {
    /// When it was raised.
    pub created_at: Timestamp,
    /// Its id.
    pub id: AlertId,
}

impl AlertPlace {
    /// The cursor after this alert.
    pub fn of(alert: &Alert) -> Self {
        Self { created_at: alert.created_at, id: alert.id.clone() }
    }
}

/// An alert whose desk has missed a due time.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Overdue {
    /// Due time.
    #[serde(deserialize_with = "millis")]
    pub due_at: Timestamp,
    /// Tenant of the desk.
    #[serde(rename = "tenant_id")]
    pub tenant: TenantId,
    /// Alert id.
    pub id: AlertId,
}

impl AlertFilter {
    fn params(&self, tenant: &TenantId, before: Option<&AlertPlace>, limit: u32) -> Vec<Value> {
        let first_of = |created_at| AlertPlace { created_at, id: AlertId::trusted("") };
        let after_last = self.until.map_or(AFTER_ALL_TIMES, |until| until.plus_millis(1));
        let end = before.cloned().into_iter().chain([first_of(after_last)]).min();
        let AlertPlace { created_at, id } = end.unwrap_or_else(|| first_of(AFTER_ALL_TIMES));
        let state = self.state;
        vec![
            tenant.into(),
            self.since.map_or(0, Timestamp::millis).into(),
            created_at.into(),
            (&id).into(),
            limit.into(),
            state.and_then(AlertState::status).into(),
            self.drill.map(i64::from).into(),
            self.user_id.as_ref().map(UserId::as_str).into(),
            state.and_then(AlertState::is_closed).into(),
        ]
    }

    /// Each combination has its index, so that a page costs the same in a record of any length. A user has few alerts
    /// and few alerts are open: these two queries check the rest of the filter row by row.
    fn statement(&self) -> Query {
        match (&self.user_id, self.state, self.drill) {
            (Some(_), _, _) => alerts::LIST_OF_USER,
            (None, Some(AlertState::Open), _) => alerts::LIST_OPEN,
            (None, Some(AlertState::Is(_)), Some(_)) => alerts::LIST_BY_DRILL_AND_STATUS,
            (None, Some(AlertState::Is(_)), None) => alerts::LIST_BY_STATUS,
            (None, _, Some(_)) => alerts::LIST_BY_DRILL,
            (None, Some(AlertState::Closed), None) => alerts::LIST_CLOSED,
            (None, None, None) => alerts::LIST,
        }
    }
}

impl Store {
    /// Alerts before a cursor, newest first.
    pub async fn list_alerts(
        &self,
        tenant: &TenantId,
        filter: &AlertFilter,
        before: Option<&AlertPlace>,
        limit: u32,
    ) -> Result<Vec<Alert>, StorageError> {
        let params = filter.params(tenant, before, limit);
        bodies(self.db.query(Statement::fitting(filter.statement(), params)).await?)
    }

    /// Views of their own alerts that a user has instead of them, before a cursor, newest first. `filter.user_id` is the
    /// owner.
    pub async fn list_views(
        &self,
        tenant: &TenantId,
        filter: &AlertFilter,
        before: Option<&AlertPlace>,
        limit: u32,
    ) -> Result<Vec<OwnView>, StorageError> {
        bodies(self.db.query(Statement::fitting(alerts::LIST_VIEWS, filter.params(tenant, before, limit))).await?)
    }

    /// The newest open views of all owners, at most 10. Each is only for its owner.
    pub async fn active_views(&self, tenant: &TenantId) -> Result<Vec<OwnView>, StorageError> {
        bodies(self.db.query(Statement::new(alerts::OPEN_VIEWS, [tenant.into(), ACTIVE.into()])).await?)
    }

    /// The newest open alerts, at most 10.
    pub async fn active_alerts(&self, tenant: &TenantId) -> Result<Vec<Alert>, StorageError> {
        let open = AlertFilter { state: Some(AlertState::Open), ..AlertFilter::default() };
        self.list_alerts(tenant, &open, None, ACTIVE).await
    }

    /// Alerts of all tenants that were due before `before`, longest overdue first, after the last one of the previous
    /// page.
    pub async fn overdue_alerts(
        &self,
        before: Timestamp,
        after: Option<&Overdue>,
        limit: u32,
    ) -> Result<Vec<Overdue>, StorageError> {
        let place = after.map_or((0, "", ""), |last| (last.due_at.millis(), last.tenant.as_str(), last.id.as_str()));
        self.rows(alerts::OVERDUE, [before.into(), place.0.into(), place.1.into(), place.2.into(), limit.into()]).await
    }
}
