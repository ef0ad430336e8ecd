//! `GET /api/admin/series`: one value per minute of the last day.

use super::only_administrators;
use crate::identity::Caller;
use crate::metrics;
use crate::request::Query;
use crate::response::{Outcome, ok, uncached};
use campana_core::accounts::metrics::{MAX_MINUTES, Series, minute_of};
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// Minutes without the parameter.
const DEFAULT_MINUTES: i64 = 60;
const MINUTE_MS: i64 = 60_000;

#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct SeriesQuery {
    /// `connections`, `messages`, `requests`, `errors`, `request_p50`, `request_p99`, `delivery_p50` or `delivery_p99`.
    metric: String,
    /// Number of minutes up to the present one, 60 by default.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 1_440)))]
    minutes: Option<i64>,
}

/// A value per minute.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct MinuteSeries {
    /// Name of the metric.
    metric: &'static str,
    /// Beginning of the first minute.
    since: Timestamp,
    /// Values, oldest first; the last one is of the minute that has not ended. `connections` is `null` in a minute in
    /// which no connection was reported, a percentile (milliseconds) where nothing was measured; counts are then 0.
    values: Vec<Option<u64>>,
}

pub(crate) async fn handle(caller: Caller, Query(query): Query<SeriesQuery>) -> Outcome {
    only_administrators(&caller)?;
    let series = Series::parse(&query.metric).ok_or_else(|| {
        let known = Series::ALL.iter().map(|series| series.as_str()).collect::<Vec<_>>().join(", ");
        Problem::field("metric", format!("is none of {known}"))
    })?;
    let minutes = query.minutes.unwrap_or(DEFAULT_MINUTES);
    if !(1..=MAX_MINUTES).contains(&minutes) {
        return Err(Problem::field("minutes", format!("is not between 1 and {MAX_MINUTES}")).into());
    }
    metrics::report(&caller.app, caller.tenant()).await;
    let values = caller.app.objects().series(caller.tenant(), series, minutes).await?;
    let count = i64::try_from(values.len()).unwrap_or_default();
    let first = minute_of(caller.now()).saturating_sub(count.saturating_sub(1));
    let since = Timestamp::from_millis(first.saturating_mul(MINUTE_MS));
    Ok(uncached(ok(&MinuteSeries { metric: series.as_str(), since, values })?))
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag};
    use serde_json::json;
    operation
        .named("getSeries", Tag::Administration, "Get a metric of the app, minute by minute")
        .about("The readings of the last day. Nothing is read or stored while nothing happens.")
        .by(Security::Administrator)
        .uncached()
        .answers::<MinuteSeries>(
            200,
            "The values.",
            json!({"metric": "connections", "since": "2026-01-31T09:05:00.000Z", "values": [120, null, 122]}),
        );
}
