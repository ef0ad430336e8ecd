//! `GET /metrics`: the same readings in the Prometheus text format 0.0.4.

use super::Readings;
use super::page::Page;
use crate::identity::Caller;
use crate::metrics;
use crate::response::Refusal;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use campana_core::accounts::metrics::Measurements;

const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

pub(crate) async fn handle(caller: Caller) -> Result<Response, Refusal> {
    let now = Readings::take(&caller).await?;
    // So that what this isolate has counted is in the sums.
    metrics::report(&caller.app, caller.tenant()).await;
    let measured = caller.app.objects().measurements(caller.tenant()).await;
    let measured = measured.inspect_err(|problem| tracing::warn!(at = "metrics", detail = problem.detail)).ok();
    let text = exposition(&now, measured.as_ref());
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE), (header::CACHE_CONTROL, "no-store")], text).into_response())
}

fn exposition(now: &Readings, measured: Option<&Measurements>) -> String {
    let mut page = Page::new(&now.app_id);
    page.gauge("connections", "Connections that are open, of every kind.", now.stats.connections);
    page.gauge("pusher_connections", "Of them, those of Pusher clients.", now.stats.pusher_connections);
    if let Some(most) = now.max_connections {
        page.gauge("connections_limit", "Connections that the app allows.", most);
    }
    if let Some(people) = now.people_online {
        page.gauge("people_online", "People with a connection, each once.", people);
    }
    page.gauge("conversations_live", "Conversations with connections.", now.stats.conversations_live);
    page.gauge("rooms_live", "Rooms with connections.", now.stats.rooms_live);
    page.gauge("channels_live", "People whose own channel is open.", now.stats.channels_live);
    page.family("messages_total", "counter", "Messages sent.", now.stats.messages_total);
    page.gauge("messages_per_second", "Messages a second, over the last minute.", now.stats.messages_per_second);
    if let Some(bytes) = now.memory_bytes {
        page.gauge("memory_bytes", "Memory of the isolate that answers.", bytes);
    }
    if let Some(entries) = now.quarantined_entries {
        page.gauge("quarantined_entries", "Entries of conversations that the record could not take.", entries);
    }
    if let Some(publishes) = now.incomplete_publishes {
        let help = "Publishes that were answered before every gateway had taken them.";
        page.family("incomplete_publishes_total", "counter", help, publishes);
    }
    let help = "Failed authentications of this app.";
    page.by_reason("auth_failures_total", help, now.auth_failures.as_ref());
    let help = "Failed authentications at this deployment whose requests name none of its apps.";
    page.by_reason("auth_failures_without_app_total", help, now.auth_failures_without_app.as_ref());
    if let Some(alerts) = &now.alerts {
        page.gauge("alerts_open", "Panic alerts that are open.", alerts.open_alerts);
        page.gauge("alerts_unanswered", "Of them, those that nobody has taken.", alerts.unanswered_alerts);
        page.gauge("alert_dashboards", "Dashboards by native sockets.", alerts.native_dashboards);
        page.gauge("alert_channel_dashboards", "Dashboards that are Pusher clients.", alerts.channel_dashboards);
        page.gauge("alerts_untold", "Alerts of which not everybody was told yet.", alerts.untold_alerts);
        page.gauge("alerts_record_behind", "Changes that the record does not have yet.", alerts.record_behind);
        page.gauge("alerts_errands_waiting", "Notifications that the pager does not have yet.", alerts.errands_waiting);
        page.delivery(&alerts.delivery);
    }
    if let Some(measured) = measured {
        let people = [("day", measured.people.day), ("week", measured.people.week)];
        let help = "Users who were active today (UTC), and today or in the six days before; estimated within 5 %.";
        page.labelled("active_people", "gauge", help, &people.map(|(window, count)| (vec![("window", window)], count)));
        page.gauge("metric_isolates", "Isolates whose numbers the sums have apart.", measured.isolates);
        page.measured(&measured.counts);
    }
    page.into_text()
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag};
    use serde_json::json;
    operation
        .named("getMetrics", Tag::Monitoring, "Get the metrics of the app for Prometheus")
        .by(Security::Administrator)
        .uncached()
        .answers_with(
            200,
            "Metrics in the text format 0.0.4.",
            "text/plain",
            json!({"type": "string"}),
            json!("# HELP campana_connections Connections that are open, of every kind.\n# TYPE campana_connections gauge\ncampana_connections{app=\"1\"} 120\n"),
        );
}

#[cfg(test)]
mod tests {
    use super::*;
    use campana_core::accounts::metrics::{ActivePeople, METRICS};
    use campana_core::accounts::quota::Stats;
    use campana_core::alerts::command::{DeliveryTimes, DeskStatus};
    use campana_core::shared::timestamp::Timestamp;
    use campana_storage::AuthFailures;
    use std::collections::BTreeSet;

    fn readings(app_id: &str) -> Readings {
        let stats = Stats {
            connections: 5,
            pusher_connections: 1,
            conversations_live: 2,
            rooms_live: 1,
            channels_live: 2,
            messages_total: 7,
            messages_per_second: 0.25,
            busiest: Vec::new(),
        };
        Readings {
            app_id: app_id.to_owned(),
            stats,
            max_connections: None,
            people_online: Some(3),
            memory_bytes: None,
            quarantined_entries: None,
            incomplete_publishes: Some(2),
            auth_failures: None,
            auth_failures_without_app: None,
            alerts: None,
            at: Timestamp::from_millis(0),
        }
    }

    #[test]
    fn every_metric_has_its_help_and_its_type() {
        let text =
            exposition(&Readings { memory_bytes: Some(65_536), max_connections: Some(9), ..readings("1") }, None);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len() % 3, 0);
        for family in lines.chunks(3) {
            let name = family[2].split('{').next().expect("a name");
            assert!(family[0].starts_with(&format!("# HELP {name} ")), "{family:?}");
            let kind = if name.ends_with("_total") { "counter" } else { "gauge" };
            assert_eq!(family[1], format!("# TYPE {name} {kind}"));
        }
        for line in ["campana_messages_total{app=\"1\"} 7", "campana_messages_per_second{app=\"1\"} 0.25"] {
            assert!(lines.contains(&line), "{text}");
        }
    }

    fn desk_status(delivery: DeliveryTimes) -> DeskStatus {
        DeskStatus {
            open_alerts: 2,
            unanswered_alerts: 1,
            next_step_at: None,
            native_dashboards: 3,
            watching: Vec::new(),
            channel_dashboards: 4,
            gateways: 1,
            record_behind: 0,
            errands_waiting: 0,
            untold_alerts: 0,
            delivery,
            at: Timestamp::from_millis(0),
        }
    }

    #[test]
    fn alert_metrics_have_their_labels() {
        let delivery = DeliveryTimes { sent: 5, confirmed: 4, p50_ms: Some(30), p99_ms: None };
        let status = desk_status(delivery);
        let text = exposition(&Readings { alerts: Some(status), ..readings("1") }, None);
        for line in [
            "campana_alerts_unanswered{app=\"1\"} 1",
            "campana_alert_delivery_seconds{app=\"1\",quantile=\"0.5\"} 0.030",
        ] {
            assert!(text.lines().any(|printed| printed == line), "{line} in {text}");
        }
        assert!(!text.contains("alert_delivery_seconds{app=\"1\",quantile=\"0.99\"}"), "{text}");
    }

    #[test]
    fn failed_authentications_have_their_reason_as_the_only_other_label() {
        let counted = |reason, count| Some(AuthFailures::from([(reason, count)]));
        let (of_app, without) = (counted("expired", 3), counted("missing_token", 4));
        let text =
            exposition(&Readings { auth_failures: of_app, auth_failures_without_app: without, ..readings("1") }, None);
        for line in [
            "# TYPE campana_auth_failures_total counter",
            "campana_auth_failures_total{app=\"1\",reason=\"expired\"} 3",
            "campana_auth_failures_without_app_total{app=\"1\",reason=\"missing_token\"} 4",
        ] {
            assert!(text.lines().any(|printed| printed == line), "{line} in {text}");
        }
    }

    /// Every metric that there is, with a made-up value.
    fn everything() -> String {
        let delivery = DeliveryTimes { sent: 5, confirmed: 4, p50_ms: Some(30), p99_ms: Some(40) };
        let status = desk_status(delivery);
        let counted = Some(AuthFailures::from([("expired", 3)]));
        let readings = Readings {
            max_connections: Some(1),
            memory_bytes: Some(1),
            quarantined_entries: Some(1),
            auth_failures: counted.clone(),
            auth_failures_without_app: counted,
            alerts: Some(status),
            ..readings("1")
        };
        let key = |metric: &str, labels: &[&str]| format!("{metric}{}", "|a\"b".repeat(labels.len()));
        let counts = METRICS.iter().map(|metric| (key(metric.name, metric.labels), vec![1; metric.width()]));
        let measured = Measurements { counts: counts.collect(), people: ActivePeople { day: 1, week: 2 }, isolates: 1 };
        exposition(&readings, Some(&measured))
    }

    /// Names of families, and of the samples of histograms.
    fn names(text: &str) -> BTreeSet<&str> {
        let samples = text.lines().filter(|line| !line.starts_with('#'));
        let families = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
        samples.chain(families).filter_map(|line| line.split(['{', ' ']).next()).collect()
    }

    #[test]
    fn a_histogram_has_cumulative_buckets_a_sum_and_a_count() {
        let text = everything();
        for line in [
            "# TYPE campana_http_request_duration_seconds histogram",
            r#"campana_http_request_duration_seconds_bucket{app="1",group="a\"b",le="0.005"} 1"#,
            r#"campana_http_request_duration_seconds_bucket{app="1",group="a\"b",le="5.000"} 10"#,
            r#"campana_http_request_duration_seconds_bucket{app="1",group="a\"b",le="+Inf"} 11"#,
            r#"campana_http_request_duration_seconds_sum{app="1",group="a\"b"} 0.001"#,
            r#"campana_http_request_duration_seconds_count{app="1",group="a\"b"} 11"#,
        ] {
            assert!(text.lines().any(|printed| printed == line), "{line} in {text}");
        }
    }

    #[test]
    fn the_dashboard_and_the_guide_name_the_metrics_that_exist() {
        let text = everything();
        let exist = names(&text);
        let dashboard = include_str!("../../../../../docs/operate/grafana.json");
        let guide = include_str!("../../../../../docs/operate/metrics.md");
        let is_of_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
        for document in [dashboard, guide] {
            let words = document.split(|character| !is_of_name(character));
            let named: BTreeSet<_> = words.filter(|word| word.starts_with("campana_")).collect();
            assert!(named.len() > 15, "{named:?}");
            assert_eq!(named.difference(&exist).collect::<Vec<_>>(), Vec::<&&str>::new(), "these do not exist");
        }
        for family in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
            let name = family.split(' ').next().expect("a name");
            assert!(guide.contains(&format!("`{name}`")), "the guide explains {name}");
        }
    }

    #[test]
    fn unknown_values_are_left_out() {
        let text = exposition(&readings("1"), None);
        assert!(!text.contains("memory") && !text.contains("limit"), "{text}");
    }

    #[test]
    fn app_ids_are_escaped_in_labels() {
        let text = exposition(&readings("a\"} 1\nb\\"), None);
        assert!(text.contains(r#"campana_connections{app="a\"} 1\nb\\"} 5"#), "{text}");
        assert_eq!(text.lines().count(), 9 * 3);
    }
}
