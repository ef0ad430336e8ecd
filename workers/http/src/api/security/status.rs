//! `GET /api/security/status`: status of the alert desk: dashboards, backlogs and delivery times. For guards and
//! administrators, who need to find out why an alert did not reach someone. `push` counts the pages that push services
//! refused, apart from devices that are gone, and `webhooks` those of alerts; both are `null` if the pager does not answer.

use crate::identity::Caller;
use crate::response::{Outcome, ok, uncached};
use campana_core::alerts::command::{DeskCommand, DeskReply, DeskStatus};
use campana_core::alerts::pager::{PagerCommand, PagerReply, PushStatus, WebhookCounts};
use campana_core::shared::problem::Problem;
use serde::Serialize;

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct SecurityStatus<'a> {
    #[serde(flatten)]
    desk: &'a DeskStatus,
    push: Option<PushStatus>,
    webhooks: Option<WebhookCounts>,
}

pub(crate) async fn handle(caller: Caller) -> Outcome {
    match caller.ask_desk(DeskCommand::Status).await {
        Ok(DeskReply::Status { status }) => {
            let pager = match caller.ask_pager(PagerCommand::PushStatus).await {
                Ok(PagerReply::PushStatus { status, webhooks }) => Some((status, webhooks)),
                _ => None,
            };
            let (push, webhooks) = pager.unzip();
            Ok(uncached(ok(&SecurityStatus { desk: &status, push, webhooks })?))
        }
        Ok(_) => Err(Problem::unavailable("the desk did not say how it stands").into()),
        Err(refusal) => Err(refusal.problem.into()),
    }
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    use serde_json::json;
    operation
        .named("getSecurityStatus", Tag::Alerts, "Get the state of the alert desk")
        .about("Dashboards, backlogs and delivery times, for guards and administrators.")
        .uncached()
        .answers::<SecurityStatus<'_>>(
            200,
            "The state. `push` and `webhooks` are `null` if the pager does not answer.",
            json!({
                "open_alerts": 1,
                "unanswered_alerts": 0,
                "next_step_at": null,
                "native_dashboards": 1,
                "watching": [{"user_id": "11", "name": "Grace", "dashboards": 1, "heard_at": "2026-01-31T09:05:00.120Z"}],
                "channel_dashboards": 0,
                "gateways": 0,
                "record_behind": 0,
                "errands_waiting": 0,
                "untold_alerts": 0,
                "delivery": {"sent": 1, "confirmed": 1, "p50_ms": 65, "p99_ms": 65},
                "at": "2026-01-31T09:05:00.120Z",
                "push": {"refusals": 0, "last_refusal_status": null, "last_refusal_at": null},
                "webhooks": {"enabled": 2, "disabled": 0},
            }),
        );
}

#[cfg(test)]
mod tests {
    use crate::testing::{Token, World};
    use campana_core::alerts::command::{DeliveryTimes, DeskCommand, DeskReply, DeskStatus};
    use campana_core::alerts::pager::{PagerReply, PushStatus, WebhookCounts};
    use campana_core::shared::problem::{Kind, Problem};
    use campana_core::shared::timestamp::Timestamp;
    use serde_json::json;

    const PATH: &str = "/api/security/status";

    #[test]
    fn the_status_of_the_desk_is_returned() {
        let world = World::new();
        let status = DeskStatus {
            open_alerts: 1,
            unanswered_alerts: 1,
            next_step_at: Some(Timestamp::from_millis(1_000)),
            native_dashboards: 3,
            watching: Vec::new(),
            channel_dashboards: 2,
            gateways: 1,
            record_behind: 0,
            errands_waiting: 4,
            untold_alerts: 0,
            delivery: DeliveryTimes { sent: 3, confirmed: 2, p50_ms: Some(20), p99_ms: Some(40) },
            at: Timestamp::from_millis(0),
        };
        world.desks.will_answer(Ok(DeskReply::Status { status: Box::new(status) }));
        let push = PushStatus {
            refusals: 2,
            last_refusal_status: Some(403),
            last_refusal_at: Some(Timestamp::from_millis(2_000)),
        };
        let webhooks = WebhookCounts { enabled: 1, disabled: 2 };
        world.desks.pager_will_answer(Ok(PagerReply::PushStatus { status: push, webhooks }));
        let shown = world.get(PATH).with(&Token::admin()).status(200);
        let refused = json!({"refusals": 2, "last_refusal_status": 403, "last_refusal_at": "1970-01-01T00:00:02.000Z"});
        assert_eq!(shown["push"], refused);
        assert_eq!(shown["webhooks"], json!({"enabled": 1, "disabled": 2}));
        assert_eq!((&shown["native_dashboards"], &shown["errands_waiting"]), (&json!(3), &json!(4)));
        assert_eq!(shown["delivery"], json!({"sent": 3, "confirmed": 2, "p50_ms": 20, "p99_ms": 40}));
        assert_eq!(world.desks.requests()[0].command, DeskCommand::Status);
    }

    #[test]
    fn the_status_needs_permission() {
        let world = World::new();
        world.desks.will_answer(Err(Problem::new(Kind::Forbidden, "no guard").into()));
        world.get(PATH).by("7").refused(403, "forbidden");
        world.get(PATH).refused(401, "unauthenticated");
    }
}
