//! Scheduled jobs, which cron triggers start.
//!
//! The jobs of a schedule run round-robin in bounded steps, until all are done or the run's step limit is reached. So a
//! long backlog of one job delays neither other jobs nor other users of D1. The next run continues the work; an aborted
//! run loses nothing. wrangler.toml lists the same cron expressions.

mod alerts;
mod ended;
mod erasures;
mod files;
mod job;
mod logs;
mod messages;
mod names;
mod retention;
mod revocations;
mod scans;

use crate::App;
use campana_core::shared::limits::{DRAFTS_KEPT_MS, LOG_KEPT_MS, NOTIFICATIONS_KEPT_MS, SCHEDULED_KEPT_MS};
use campana_core::shared::timestamp::Timestamp;
use campana_storage::{Ended, Retained};
use ended::Purge;
use job::{DAY_MS, HOUR_MS, Job, Turn};
use retention::Retention;

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
            ("scheduled_messages", || Box::<messages::OverdueMessages>::default()),
            ("revocations", || Box::<revocations::PendingRevocations>::default()),
            ("erasures", || Box::new(erasures::PendingErasures)),
            // Only frees space: users count as offline from the expiry of a lease on.
            ("presence", || Box::new(Purge { rows: Ended::Presence, kept_for_ms: 0, limit: 1_000 })),
            ("tickets", || Box::new(Purge { rows: Ended::Tickets, kept_for_ms: 0, limit: 1_000 })),
            ("idempotency_keys", || {
                Box::new(Purge { rows: Ended::IdempotencyKeys, kept_for_ms: DAY_MS, limit: 1_000 })
            }),
            ("creations", || Box::new(Purge { rows: Ended::Creations, kept_for_ms: 2 * HOUR_MS, limit: 1_000 })),
            ("cached_channels", || Box::new(Purge { rows: Ended::CachedChannels, kept_for_ms: 0, limit: 1_000 })),
        ],
    },
    Schedule {
        name: "invites",
        cron: "*/10 * * * *",
        steps: 40,
        jobs: &[
            ("invites", || Box::new(Purge { rows: Ended::Invites, kept_for_ms: 7 * DAY_MS, limit: 1_000 })),
            ("user_names", || Box::new(names::UserNames)),
            ("room_names", || Box::new(names::RoomNames)),
            ("file_scans", || Box::<scans::FileScans>::default()),
            ("sanctions", || Box::new(Purge { rows: Ended::Sanctions, kept_for_ms: DAY_MS, limit: 1_000 })),
        ],
    },
    Schedule {
        name: "messages",
        cron: "7,22,37,52 * * * *",
        steps: 40,
        jobs: &[
            // Until then, the history shows them as deleted.
            ("deleted_messages", || {
                Box::new(Purge { rows: Ended::DeletedMessages, kept_for_ms: 30 * DAY_MS, limit: 500 })
            }),
            ("removed_reactions", || {
                Box::new(Purge { rows: Ended::RemovedReactions, kept_for_ms: DAY_MS, limit: 1_000 })
            }),
            ("old_messages", || Retention::of(Retained::Messages)),
            ("files_of_deleted_rooms", || {
                Box::new(Purge { rows: Ended::FilesOfDeletedRooms, kept_for_ms: 0, limit: 500 })
            }),
            ("unused_files", || Box::new(files::UnusedFiles)),
            // Kept for repairs.
            ("quarantined_entries", || {
                Box::new(Purge { rows: Ended::QuarantinedEntries, kept_for_ms: LOG_KEPT_MS, limit: 500 })
            }),
        ],
    },
    Schedule { name: "logs", cron: "23 * * * *", steps: 20, jobs: &[("logs", || Box::new(logs::OldLogs))] },
    Schedule {
        name: "audits",
        cron: "41 3 * * *",
        steps: 200,
        jobs: &[
            ("audits", || Retention::of(Retained::Audits)),
            ("reports", || Retention::of(Retained::Reports)),
            ("old_trails", || Retention::of(Retained::Trails)),
            ("old_alerts", || Retention::of(Retained::Alerts)),
            ("drafts", || Box::new(Purge { rows: Ended::Drafts, kept_for_ms: DRAFTS_KEPT_MS, limit: 1_000 })),
            ("notifications", || {
                Box::new(Purge { rows: Ended::Notifications, kept_for_ms: NOTIFICATIONS_KEPT_MS, limit: 1_000 })
            }),
            // Each deletes the marks of the members who read it.
            ("shared_notifications", || {
                Box::new(Purge { rows: Ended::SharedNotifications, kept_for_ms: NOTIFICATIONS_KEPT_MS, limit: 50 })
            }),
            ("push_devices", || Box::new(Purge { rows: Ended::PushDevices, kept_for_ms: 0, limit: 1_000 })),
            ("ended_scheduled_messages", || {
                Box::new(Purge { rows: Ended::ScheduledMessages, kept_for_ms: SCHEDULED_KEPT_MS, limit: 1_000 })
            }),
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
