//! Scheduled jobs, which cron triggers start.
//!
//! The jobs of a schedule run round-robin in bounded steps, until all are done or the run's step limit is reached. So a
//! long backlog of one job delays neither other jobs nor other users of D1. The next run continues the work; an aborted
//! run loses nothing. wrangler.toml lists the same cron expressions.

mod alerts;
mod audits;
mod cached_channels;
mod deleted_messages;
mod idempotency_keys;
mod invites;
mod job;
mod logs;
mod old_alerts;
mod old_messages;
mod overdue;
mod presence;
mod quarantined_entries;
mod sanctions;
mod tickets;

use crate::App;
use campana_core::shared::timestamp::Timestamp;
use job::{Job, Turn};

/// A job's name and constructor.
type Part = (&'static str, fn() -> Box<dyn Job>);

/// A schedule and its jobs.
struct Schedule {
    name: &'static str,
    cron: &'static str,
    /// Maximum number of steps per run, over all jobs.
    steps: u32,
    jobs: &'static [Part],
}

const SCHEDULES: [Schedule; 5] = [
    Schedule {
        name: "presence",
        cron: "*/5 * * * *",
        steps: 40,
        jobs: &[
            ("alerts", || Box::<alerts::OverdueAlerts>::default()),
            ("presence", || Box::new(presence::StalePresence)),
            ("tickets", || Box::new(tickets::Tickets)),
            ("idempotency_keys", || Box::new(idempotency_keys::IdempotencyKeys)),
            ("cached_channels", || Box::new(cached_channels::CachedChannels)),
        ],
    },
    Schedule {
        name: "invites",
        cron: "*/10 * * * *",
        steps: 40,
        jobs: &[("invites", || Box::new(invites::OldInvites)), ("sanctions", || Box::new(sanctions::OldSanctions))],
    },
    Schedule {
        name: "messages",
        cron: "7,22,37,52 * * * *",
        steps: 40,
        jobs: &[
            ("deleted_messages", || Box::new(deleted_messages::DeletedMessages)),
            ("old_messages", || Box::<old_messages::OldMessages>::default()),
            ("quarantined_entries", || Box::new(quarantined_entries::QuarantinedEntries)),
        ],
    },
    Schedule { name: "logs", cron: "23 * * * *", steps: 20, jobs: &[("logs", || Box::new(logs::OldLogs))] },
    Schedule {
        name: "audits",
        cron: "41 3 * * *",
        steps: 200,
        jobs: &[
            ("audits", || Box::<audits::OldAudits>::default()),
            ("old_trails", || Box::new(old_alerts::Old::trails())),
            ("old_alerts", || Box::new(old_alerts::Old::alerts())),
        ],
    },
];

/// Runs the schedule with this cron expression and logs one line per job.
pub async fn run_schedule(app: &App, cron: &str, scheduled_at: Timestamp) {
    let Some(schedule) = SCHEDULES.iter().find(|schedule| schedule.cron == cron) else {
        tracing::warn!(at = "scheduled", cron, detail = "no schedule has this cron expression");
        return;
    };
    let begin = |(name, new): &Part| Turn::new(schedule.name, name, new(), scheduled_at);
    let mut turns: Vec<Turn> = schedule.jobs.iter().map(begin).collect();
    let mut left = schedule.steps;
    while left > 0 && turns.iter().any(Turn::goes_on) {
        for turn in turns.iter_mut().filter(|turn| turn.goes_on()) {
            if left == 0 {
                break;
            }
            left = left.saturating_sub(1);
            turn.step(app).await;
        }
    }
    for turn in &turns {
        turn.log();
    }
}

#[cfg(test)]
mod tests;
