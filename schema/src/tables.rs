//! The table sets of objects, and the numbered steps by which each set gets its present form.

/// The tables of one kind of object, or of a part that several kinds share, as numbered migration steps.
///
/// A database records per set how many steps it has taken. Several sets can share a database: each has its own version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableSet {
    /// Key in the table `meta` under which the number of steps taken is stored.
    pub version_key: &'static str,
    /// A table that step 1 creates. A database that has it but records no version has taken step 1 only.
    pub first_table: &'static str,
    /// The SQL of each step, in order. Steps are appended, never changed.
    pub steps: &'static [&'static str],
}

impl TableSet {
    /// The steps that a database has yet to take. `recorded` is the value of [`Self::version_key`], `exists` is whether
    /// [`Self::first_table`] exists.
    pub fn pending(&self, recorded: Option<&str>, exists: bool) -> &'static [&'static str] {
        let recorded = recorded.and_then(|steps| steps.parse().ok());
        let taken = recorded.unwrap_or(usize::from(exists));
        self.steps.get(taken..).unwrap_or_default()
    }

    /// The SQL of all steps.
    pub fn all_steps(&self) -> String {
        self.steps.join("\n")
    }
}

/// Creates `meta`, where versions are recorded.
pub const META: &str = include_str!("../objects/tables/meta.sql");

/// A conversation's object.
pub const CONVERSATION: TableSet = TableSet {
    version_key: "tables",
    first_table: "log",
    steps: &[
        include_str!("../objects/tables/conversation.sql"),
        include_str!("../objects/tables/conversation_2.sql"),
        include_str!("../objects/tables/conversation_3.sql"),
        include_str!("../objects/tables/conversation_4.sql"),
        include_str!("../objects/tables/conversation_5.sql"),
        include_str!("../objects/tables/conversation_6.sql"),
        include_str!("../objects/tables/conversation_7.sql"),
    ],
};

/// Times of messages in a room with slow mode, at its conversation's object. Created when slow mode is first used.
pub const SLOW_MODE: TableSet = TableSet {
    version_key: "slow_mode_tables",
    first_table: "slow_mode_sends",
    steps: &[include_str!("../objects/tables/slow_mode.sql")],
};

/// People who hide their presence, at a conversation's object. Created when the first one connects.
pub const HIDDEN_PEOPLE: TableSet = TableSet {
    version_key: "hidden_people_tables",
    first_table: "hidden_people",
    steps: &[include_str!("../objects/tables/hidden_people.sql")],
};

/// Scheduled messages, at their conversation's object. Created when the first message is scheduled.
pub const SCHEDULED: TableSet = TableSet {
    version_key: "scheduled_tables",
    first_table: "scheduled",
    steps: &[include_str!("../objects/tables/scheduled.sql")],
};

/// Links of messages, at their conversation's object. Created by the first message with a link that is looked at.
pub const LINK_PREVIEWS: TableSet = TableSet {
    version_key: "link_preview_tables",
    first_table: "link_jobs",
    steps: &[include_str!("../objects/tables/link_previews.sql")],
};

/// A user's own channel.
pub const CHANNEL: TableSet = TableSet {
    version_key: "channel_tables",
    first_table: "meta",
    steps: &[include_str!("../objects/tables/channel.sql")],
};

/// An app's quota registry.
pub const LEDGER: TableSet = TableSet {
    version_key: "tables",
    first_table: "leases",
    steps: &[
        include_str!("../objects/tables/ledger.sql"),
        include_str!("../objects/tables/ledger_2.sql"),
        include_str!("../objects/tables/ledger_3.sql"),
        include_str!("../objects/tables/ledger_4.sql"),
    ],
};

/// Metrics of an app, at its quota registry.
pub const METRICS: TableSet = TableSet {
    version_key: "metrics_tables",
    first_table: "metric_sources",
    steps: &[include_str!("../objects/tables/metrics.sql")],
};

/// Subscriptions, stored by every object that owns channels.
pub const HOSTING: TableSet = TableSet {
    version_key: "hosting_tables",
    first_table: "listening",
    steps: &[include_str!("../objects/tables/hosting.sql"), include_str!("../objects/tables/hosting_2.sql")],
};

/// Traces of an object that owns channels.
pub const TRACES: TableSet = TableSet {
    version_key: "traces_tables",
    first_table: "traces",
    steps: &[include_str!("../objects/tables/traces.sql")],
};

/// A gateway.
pub const GATEWAY: TableSet = TableSet {
    version_key: "gateway_tables",
    first_table: "targets",
    steps: &[include_str!("../objects/tables/gateway.sql"), include_str!("../objects/tables/gateway_2.sql")],
};

/// An app's webhook object.
pub const WEBHOOKS: TableSet = TableSet {
    version_key: "webhooks_tables",
    first_table: "ready",
    steps: &[
        include_str!("../objects/tables/webhooks.sql"),
        include_str!("../objects/tables/webhooks_2.sql"),
        include_str!("../objects/tables/deliveries.sql"),
    ],
};

/// Outbox of an object that owns channels: events for its app's webhooks.
pub const HERALD: TableSet = TableSet {
    version_key: "herald_tables",
    first_table: "happenings",
    steps: &[include_str!("../objects/tables/herald.sql")],
};

/// An alert desk.
pub const ALERT_DESK: TableSet = TableSet {
    version_key: "tables",
    first_table: "alerts",
    steps: &[include_str!("../objects/tables/alert_desk.sql"), include_str!("../objects/tables/alert_desk_2.sql")],
};

/// A pager.
pub const PAGER: TableSet = TableSet {
    version_key: "tables",
    first_table: "jobs",
    steps: &[
        include_str!("../objects/tables/pager.sql"),
        include_str!("../objects/tables/pager_2.sql"),
        include_str!("../objects/tables/deliveries.sql"),
    ],
};

/// A person's pushes.
pub const CHAT_PUSH: TableSet =
    TableSet { version_key: "tables", first_table: "jobs", steps: &[include_str!("../objects/tables/chat_push.sql")] };

/// Notifications of all members of a conversation, at the object that tells them. Created by the first one.
pub const ANNOUNCEMENTS: TableSet = TableSet {
    version_key: "announcement_tables",
    first_table: "announcements",
    steps: &[include_str!("../objects/tables/announcements.sql")],
};

/// A tenant's index for search.
pub const SEARCH: TableSet =
    TableSet { version_key: "tables", first_table: "texts", steps: &[include_str!("../objects/tables/search.sql")] };

/// A resumable upload.
pub const RESUMABLE: TableSet = TableSet {
    version_key: "tables",
    first_table: "upload",
    steps: &[include_str!("../objects/tables/resumable.sql")],
};

/// Every set, as (name, set).
pub const TABLE_SETS: &[(&str, TableSet)] = &[
    ("conversation", CONVERSATION),
    ("channel", CHANNEL),
    ("ledger", LEDGER),
    ("metrics", METRICS),
    ("hosting", HOSTING),
    ("traces", TRACES),
    ("slow_mode", SLOW_MODE),
    ("scheduled", SCHEDULED),
    ("hidden_people", HIDDEN_PEOPLE),
    ("link_previews", LINK_PREVIEWS),
    ("gateway", GATEWAY),
    ("webhooks", WEBHOOKS),
    ("herald", HERALD),
    ("alert_desk", ALERT_DESK),
    ("pager", PAGER),
    ("chat_push", CHAT_PUSH),
    ("announcements", ANNOUNCEMENTS),
    ("search", SEARCH),
    ("resumable", RESUMABLE),
];

#[cfg(test)]
mod tests {
    use super::*;

    const SET: TableSet = TableSet { version_key: "v", first_table: "t", steps: &["1", "2", "3"] };

    #[test]
    fn a_database_takes_the_steps_after_its_version() {
        assert_eq!(SET.pending(None, false), ["1", "2", "3"]);
        assert_eq!(SET.pending(None, true), ["2", "3"], "a set without a recorded version has taken step 1");
        assert_eq!(SET.pending(Some("2"), true), ["3"]);
        assert!(SET.pending(Some("3"), true).is_empty());
        assert!(SET.pending(Some("4"), true).is_empty(), "a later release took more steps");
    }

    #[test]
    fn sets_that_can_share_a_database_have_their_own_versions() {
        for own in [CONVERSATION, CHANNEL, ALERT_DESK, GATEWAY] {
            let shared = [HOSTING, HERALD, TRACES, SLOW_MODE, SCHEDULED, HIDDEN_PEOPLE];
            let keys: Vec<_> = std::iter::once(own).chain(shared).map(|set| set.version_key).collect();
            assert!(keys.iter().all(|key| keys.iter().filter(|other| *other == key).count() == 1), "{keys:?}");
        }
    }
}
