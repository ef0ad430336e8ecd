//! What a person wants to be notified of, how, and when not.

use crate::chat::notifications::{NotificationKind, OwnKind};
use crate::named;
use crate::shared::time_zone::TimeZoneName;
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Whether and how a person is notified of a kind. A field that is `None` has its default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KindChoice {
    /// Whether it is on the list of notifications.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inbox: Option<bool>,
    /// Whether it is pushed to devices too. What is not on the list is not pushed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub push: Option<bool>,
}

macro_rules! kind_choices {
    ($($(#[$doc:meta])* $field:ident,)+) => {
        /// What a person wants, by kind. An absent kind has its defaults: on the list and pushed, except for reactions, which
        /// are neither.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub struct KindChoices {
            $($(#[$doc])* #[serde(skip_serializing_if = "is_default")] pub $field: KindChoice,)+
        }

        impl KindChoices {
            /// Every kind with the choice in force.
            #[must_use]
            pub fn in_force(self) -> KindsInForce {
                KindsInForce { $($field: self.$field.in_force(stringify!($field)),)+ }
            }

            /// Whether a kind is on the list and pushed.
            pub fn is_pushed(self, kind: &NotificationKind) -> bool {
                let own = OwnKind::parse(kind.as_str());
                let name = own.map_or("app", OwnKind::as_str);
                let choice = match name {
                    $(stringify!($field) => self.$field,)+
                    _ => return false,
                };
                let ChoiceInForce { inbox, push } = choice.in_force(name);
                inbox && push
            }
        }

        /// Every kind with the choice in force.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub struct KindsInForce {
            $($(#[$doc])* pub $field: ChoiceInForce,)+
        }
    };
}

kind_choices! {
    /// Messages that mention the person.
    mention,
    /// Replies in threads that they follow.
    reply,
    /// Direct messages while they are away.
    direct_message,
    /// Invites to rooms.
    invite,
    /// Reactions to their messages.
    reaction,
    /// Reports in rooms that they moderate.
    report,
    /// Scheduled messages that were not sent.
    scheduled_failed,
    /// Notifications of the application's backend, of every kind.
    app,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_default(choice: &KindChoice) -> bool {
    *choice == KindChoice::default()
}

/// The choice in force for a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChoiceInForce {
    /// Whether it is on the list of notifications.
    pub inbox: bool,
    /// Whether it is pushed to devices too.
    pub push: bool,
}

impl KindChoice {
    fn in_force(self, kind: &str) -> ChoiceInForce {
        let by_default = kind != OwnKind::Reaction.as_str();
        let inbox = self.inbox.unwrap_or(by_default);
        ChoiceInForce { inbox, push: self.push.unwrap_or(by_default) }
    }
}

named! {
    /// A day of the week.
    #[derive(PartialOrd, Ord)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
    pub enum Weekday {
        /// Monday.
        Mon = "mon",
        /// Tuesday.
        Tue = "tue",
        /// Wednesday.
        Wed = "wed",
        /// Thursday.
        Thu = "thu",
        /// Friday.
        Fri = "fri",
        /// Saturday.
        Sat = "sat",
        /// Sunday.
        Sun = "sun",
    }
}

/// A time of the day, `HH:MM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay {
    minutes: u32,
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for TimeOfDay {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TimeOfDay".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"})
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let number = |text: &str, below: u32| {
            let is_good = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<u32>().ok().filter(|number| is_good && *number < below)
        };
        let parts = text.split_once(':').and_then(|(hour, minute)| Some((number(hour, 24)?, number(minute, 60)?)));
        let (hour, minute) = parts.ok_or("is not a time of the day, such as 22:00")?;
        Ok(Self { minutes: hour.saturating_mul(60).saturating_add(minute) })
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        format!("{:02}:{:02}", time.minutes.div_euclid(60), time.minutes.rem_euclid(60))
    }
}

/// Hours in which nothing is pushed, by the clock on the person's wall.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DoNotDisturb {
    /// When they begin.
    pub from: TimeOfDay,
    /// When they end: on the next day, unless it is later than `from`. The same time is a whole day.
    pub to: TimeOfDay,
    /// The person's time zone: a name of the IANA database, for example `America/Bogota`.
    pub time_zone: TimeZoneName,
    /// Days on which they begin; all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Vec<Weekday>>"))]
    pub days: Option<BTreeSet<Weekday>>,
}

impl DoNotDisturb {
    /// Whether nothing is pushed at a time.
    pub fn holds(&self, at: Timestamp) -> bool {
        let clock = self.time_zone.at(at);
        let (from, to) = (self.from.minutes, self.to.minutes);
        let begins_on = |days_ago: u32| {
            let day = clock.weekday.saturating_add(7).saturating_sub(days_ago).rem_euclid(7);
            let day = usize::try_from(day).ok().and_then(|day| Weekday::ALL.get(day));
            self.days.as_ref().is_none_or(|days| day.is_some_and(|day| days.contains(day)))
        };
        if from < to {
            return (from..to).contains(&clock.minutes) && begins_on(0);
        }
        (clock.minutes >= from && begins_on(0)) || (clock.minutes < to && begins_on(1))
    }
}

/// What a person wants to be notified of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NotificationPreferences {
    /// By kind.
    pub kinds: KindChoices,
    /// The hours without pushes.
    pub do_not_disturb: Option<DoNotDisturb>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn hours(from: &str, to: &str, zone: &str, days: Option<&[&str]>) -> DoNotDisturb {
        let hours = json!({"from": from, "to": to, "time_zone": zone, "days": days});
        serde_json::from_value(hours).expect("valid hours")
    }

    #[track_caller]
    fn check(hours: &DoNotDisturb, expected: bool, times: &[&str]) {
        for time in times {
            let at = serde_json::from_value(json!(time)).expect("a time");
            assert_eq!(hours.holds(at), expected, "{time}");
        }
    }

    #[test]
    fn hours_end_on_the_next_day_or_on_the_same() {
        let night = hours("22:00", "07:00", "UTC", None);
        check(&night, true, &["2026-01-05T22:00:00Z", "2026-01-05T23:59:59Z", "2026-01-06T06:59:59Z"]);
        check(&night, false, &["2026-01-05T21:59:59Z", "2026-01-05T07:00:00Z", "2026-01-05T12:00:00Z"]);
        let noon = hours("12:00", "14:30", "UTC", None);
        check(&noon, true, &["2026-01-05T12:00:00Z", "2026-01-05T14:29:59Z"]);
        check(&noon, false, &["2026-01-05T14:30:00Z", "2026-01-05T11:59:59Z"]);
        check(&hours("08:00", "08:00", "UTC", None), true, &["2026-01-05T08:00:00Z", "2026-01-05T07:59:59Z"]);
    }

    #[test]
    fn days_are_those_on_which_the_hours_begin() {
        // 5 January 2026 is a Monday.
        let weekend = hours("22:00", "07:00", "UTC", Some(&["sat", "sun"]));
        check(&weekend, true, &["2026-01-04T22:00:00Z", "2026-01-05T06:00:00Z", "2026-01-04T03:00:00Z"]);
        check(&weekend, false, &["2026-01-05T22:00:00Z", "2026-01-06T06:00:00Z", "2026-01-03T03:00:00Z"]);
        let day = hours("08:00", "08:00", "UTC", Some(&["mon"]));
        check(&day, true, &["2026-01-05T08:00:00Z", "2026-01-06T07:59:59Z"]);
        check(&day, false, &["2026-01-05T07:59:59Z", "2026-01-06T08:00:00Z"]);
        check(&hours("22:00", "07:00", "UTC", Some(&[])), false, &["2026-01-04T23:00:00Z"]);
    }

    #[test]
    fn the_clock_on_the_wall_decides_when_it_is_changed() {
        // Madrid: 02:00 to 03:00 does not exist on 29 March 2026, and comes twice on 25 October.
        let madrid = hours("22:00", "07:00", "Europe/Madrid", None);
        check(&madrid, true, &["2026-03-28T21:00:00Z", "2026-03-29T04:59:59Z", "2026-10-25T05:59:59Z"]);
        check(&madrid, false, &["2026-03-28T20:59:59Z", "2026-03-29T05:00:00Z", "2026-10-25T06:00:00Z"]);
        let gap = hours("02:00", "03:00", "Europe/Madrid", None);
        check(&gap, false, &["2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z", "2026-10-25T02:00:00Z"]);
        check(&gap, true, &["2026-10-25T00:00:00Z", "2026-10-25T01:30:00Z"]);
        check(
            &hours("22:00", "07:00", "America/Bogota", None),
            true,
            &["2026-01-05T03:00:00Z", "2026-01-05T11:59:00Z"],
        );
    }

    #[test]
    fn invalid_hours_are_refused() {
        for (from, zone) in
            [("7:00", "UTC"), ("24:00", "UTC"), ("12:60", "UTC"), ("noon", "UTC"), ("12:00", "Mars/Olympus")]
        {
            let hours = json!({"from": from, "to": "07:00", "time_zone": zone});
            assert!(serde_json::from_value::<DoNotDisturb>(hours).is_err(), "{from} {zone}");
        }
        let written = json!(hours("09:05", "17:30", "europe/madrid", Some(&["fri", "mon"])));
        let expected = json!({"from": "09:05", "to": "17:30", "time_zone": "Europe/Madrid", "days": ["mon", "fri"]});
        assert_eq!(written, expected);
    }

    #[test]
    fn reactions_are_off_and_other_kinds_are_on_by_default() {
        let choices: KindChoices = serde_json::from_value(json!({"mention": {"push": false}})).expect("valid choices");
        assert_eq!(json!(choices), json!({"mention": {"push": false}}), "defaults are not stored");
        let pushed = |kind: OwnKind| choices.is_pushed(&kind.into());
        assert_eq!([OwnKind::Mention, OwnKind::Reply, OwnKind::Reaction].map(pushed), [false, true, false]);
        assert_eq!(choices.in_force().mention, ChoiceInForce { inbox: true, push: false });
        let app = NotificationKind::of_app("order.paid").expect("a kind");
        assert!(choices.is_pushed(&app));
        let silent = KindChoices { app: KindChoice { inbox: Some(false), push: None }, ..choices };
        assert!(!silent.is_pushed(&app), "what is not on the list is not pushed");
        assert!(OwnKind::ALL.iter().all(|kind| json!(choices.in_force()).get(kind.as_str()).is_some()));
    }
}
