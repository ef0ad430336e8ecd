//! Escalation: who is paged next, and when, while nobody acknowledges an alert.

use crate::shared::ids::UserId;
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::Value;

/// Steps of a policy at most.
pub const MAX_STEPS: usize = 20;
/// People and groups in one step at most.
pub const MAX_PEOPLE: usize = 100;
/// Longest wait of a step in seconds: one day.
const MAX_AFTER_S: u32 = 86_400;
/// Shortest wait of a step in seconds.
const MIN_AFTER_S: u32 = 5;
/// Largest number of repeats of the steps.
const MAX_REPEATS: u32 = 100;
/// Longest group name in characters.
const MAX_GROUP_CHARS: usize = 32;
/// Default group of devices that subscribe to pages.
pub const GUARDS: &str = "guards";

/// Recipients of a page.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "EscalationPage"))]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// Every device that subscribed to pages under one of these groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// Every device of these users.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "people")]
    pub people: Vec<UserId>,
    /// Whether webhooks for escalations get it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub webhooks: bool,
}

/// Ids may be strings or whole numbers. `Policy::check` finds invalid ids.
fn people<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<UserId>, D::Error> {
    let ids = Vec::<Value>::deserialize(deserializer)?;
    let read = |id: Value| match id {
        Value::String(text) => Ok(UserId::trusted(text)),
        Value::Number(number) if number.is_u64() => Ok(UserId::trusted(number.to_string())),
        _ => Err(de::Error::custom("invalid type: expected a text or a whole number")),
    };
    ids.into_iter().map(read).collect()
}

impl Page {
    /// A page to the default group.
    pub fn guards() -> Self {
        Self { groups: vec![GUARDS.to_owned()], ..Self::default() }
    }
}

/// One step: if nobody acknowledges within the wait, page these recipients.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "EscalationStep"))]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Seconds after the previous step, or after the alert became unacknowledged.
    pub after_s: u32,
    /// Recipients.
    pub page: Page,
}

/// A tenant's escalation policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "EscalationPolicy"))]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Steps in order.
    pub steps: Vec<Step>,
    /// How often the steps repeat after the last one.
    #[serde(default)]
    pub repeat: u32,
    /// Seconds without an action by the guard who acknowledged, after which the alert is unacknowledged again. 0:
    /// never.
    #[serde(default)]
    pub stale_after_s: u32,
}

impl Default for Policy {
    /// Pages the guards after 30 seconds, 60 seconds later again, and 120 seconds later with the webhooks; repeats this
    /// 5 times. An acknowledged alert lapses after 10 minutes without an action by the guard.
    fn default() -> Self {
        let step = |after_s, webhooks| Step { after_s, page: Page { webhooks, ..Page::guards() } };
        Self { steps: vec![step(30, false), step(60, false), step(120, true)], repeat: 5, stale_after_s: 600 }
    }
}

impl Policy {
    /// Reads a policy from the settings. The error says what is wrong, never a value.
    pub fn read(value: &Value) -> Result<Self, String> {
        // serde also reads an array as the fields in order: `[[]]` would be a policy without steps.
        let fields = if value.is_object() { value.clone() } else { Value::Null };
        let policy: Self = serde_json::from_value(fields).map_err(|_| {
            "is not a policy: {steps: [{after_s, page: {groups, people, webhooks}}], repeat, stale_after_s}".to_owned()
        })?;
        policy.check().map(|()| policy)
    }

    fn check(&self) -> Result<(), String> {
        if self.steps.len() > MAX_STEPS {
            return Err(format!("has more than {MAX_STEPS} steps"));
        }
        if self.repeat > MAX_REPEATS {
            return Err(format!("repeats more than {MAX_REPEATS} times"));
        }
        if self.stale_after_s > MAX_AFTER_S || (1..MIN_AFTER_S).contains(&self.stale_after_s) {
            return Err(format!("has a stale_after_s that is not 0 or from {MIN_AFTER_S} to {MAX_AFTER_S}"));
        }
        for step in &self.steps {
            if !(MIN_AFTER_S..=MAX_AFTER_S).contains(&step.after_s) {
                return Err(format!("has a step whose after_s is not from {MIN_AFTER_S} to {MAX_AFTER_S}"));
            }
            let Page { groups, people, webhooks } = &step.page;
            if groups.is_empty() && people.is_empty() && !webhooks {
                return Err("has a step that asks nobody".to_owned());
            }
            if groups.len().saturating_add(people.len()) > MAX_PEOPLE {
                return Err(format!("has a step that names more than {MAX_PEOPLE}"));
            }
            if !groups.iter().all(|group| is_group(group)) {
                return Err(format!("names a group that is not 1 to {MAX_GROUP_CHARS} small letters, digits, - and _"));
            }
            if people.iter().any(|user| UserId::parse(user.as_str()).is_none()) {
                return Err("names somebody by something that is no id".to_owned());
            }
        }
        Ok(())
    }
}

/// Whether this is a valid group name.
pub fn is_group(name: &str) -> bool {
    let is_good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    !name.is_empty() && name.len() <= MAX_GROUP_CHARS && name.chars().all(is_good)
}

/// Escalation state of one alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalation {
    /// Policy at the time the alert was raised: later changes do not apply to it.
    pub policy: Policy,
    /// Index of the next step in the policy.
    pub next: usize,
    /// Repeats since the alert became unacknowledged.
    pub round: u32,
    /// Steps done since the alert was raised.
    pub level: u32,
    /// When the next step is due.
    pub due_at: Option<Timestamp>,
}

impl Escalation {
    /// State of an alert raised now.
    pub(super) fn begin(policy: Policy, now: Timestamp) -> Self {
        let mut escalation = Self { policy, next: 0, round: 0, level: 0, due_at: None };
        escalation.restart(now);
        escalation
    }

    /// Starts from the first step: the alert is unacknowledged from now on.
    pub(super) fn restart(&mut self, now: Timestamp) {
        (self.next, self.round) = (0, 0);
        self.due_at = self.policy.steps.first().map(|step| now.plus_millis(millis(step.after_s)));
    }

    /// The guard who acknowledged did something now: starts the stale timer.
    pub(super) fn answered(&mut self, now: Timestamp) {
        let stale = self.policy.stale_after_s;
        self.due_at = (stale > 0).then(|| now.plus_millis(millis(stale)));
    }

    /// The alert is closed.
    pub(super) fn end(&mut self) {
        self.due_at = None;
    }

    /// Returns the due step's recipients and schedules the next step relative to now, however late the call is. `None`
    /// if no step is left.
    pub(super) fn advance(&mut self, now: Timestamp) -> Option<Page> {
        let page = self.policy.steps.get(self.next).map(|step| step.page.clone());
        self.next = self.next.saturating_add(1);
        if self.next >= self.policy.steps.len() && self.round < self.policy.repeat {
            (self.next, self.round) = (0, self.round.saturating_add(1));
        }
        self.due_at = match self.policy.steps.get(self.next) {
            Some(step) => Some(now.plus_millis(millis(step.after_s))),
            // One more tick after the last step, which notes that escalation is exhausted.
            None if page.is_some() => self.policy.steps.last().map(|step| now.plus_millis(millis(step.after_s))),
            None => None,
        };
        self.level = self.level.saturating_add(page.is_some().into());
        page
    }
}

fn millis(seconds: u32) -> i64 {
    i64::from(seconds).saturating_mul(1_000)
}
