//! Escalation: who else is asked when nobody answers, and when.

use crate::shared::ids::UserId;
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::Value;

/// Steps of a policy at most.
pub const MAX_STEPS: usize = 20;
/// People and groups that one step names at most.
pub const MAX_PEOPLE: usize = 100;
/// Longest wait of a step, seconds: a day.
const MAX_AFTER_S: u32 = 86_400;
/// Shortest, seconds.
const MIN_AFTER_S: u32 = 5;
/// How often the steps may begin anew at most.
const MAX_REPEATS: u32 = 100;
/// Longest name of a group, in characters.
const MAX_GROUP_CHARS: usize = 32;
/// The group of those who ask for pages without saying more.
pub const GUARDS: &str = "guards";

/// Who is asked to come.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// Everybody whose devices asked for pages as one of these groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// These people, on whatever device.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "people")]
    pub people: Vec<UserId>,
    /// Webhooks that want to hear of escalations.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub webhooks: bool,
}

/// Ids come as texts or as whole numbers. What is no id is found when the policy is checked.
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
    /// The guards.
    pub fn guards() -> Self {
        Self { groups: vec![GUARDS.to_owned()], ..Self::default() }
    }
}

/// One step: if still nobody has answered after so long, these are asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Seconds after the step before it, or after the alert went unanswered.
    pub after_s: u32,
    /// Who is asked.
    pub page: Page,
}

/// A tenant's policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// In order.
    pub steps: Vec<Step>,
    /// How often they begin anew after the last.
    #[serde(default)]
    pub repeat: u32,
    /// After so many seconds in which nobody who took an alert did anything about it, it is unanswered again. 0 is never.
    #[serde(default)]
    pub stale_after_s: u32,
}

impl Default for Policy {
    /// The guards are paged again after 30 seconds and after another minute, then everybody and the webhooks, five times
    /// over. Who took an alert and is silent for ten minutes has not.
    fn default() -> Self {
        let step = |after_s, webhooks| Step { after_s, page: Page { webhooks, ..Page::guards() } };
        Self { steps: vec![step(30, false), step(60, false), step(120, true)], repeat: 5, stale_after_s: 600 }
    }
}

impl Policy {
    /// Reads a policy of the settings; what is wrong with it, in words, never with values.
    pub fn read(value: &Value) -> Result<Self, String> {
        // A list could be read as the fields in order: an empty one inside of another would be a policy that asks nobody.
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

/// Whether a group may be called this.
pub fn is_group(name: &str) -> bool {
    let is_good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    !name.is_empty() && name.len() <= MAX_GROUP_CHARS && name.chars().all(is_good)
}

/// How an alert escalates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalation {
    /// The policy when the alert began: a later one is for later alerts.
    pub policy: Policy,
    /// The step that comes next, by its place in the policy.
    pub next: usize,
    /// How often the steps have begun anew since the alert went unanswered.
    pub round: u32,
    /// Steps done since the alert began.
    pub level: u32,
    /// When there is something to do.
    pub due_at: Option<Timestamp>,
}

impl Escalation {
    /// An alert that begins now.
    pub(super) fn begin(policy: Policy, now: Timestamp) -> Self {
        let mut escalation = Self { policy, next: 0, round: 0, level: 0, due_at: None };
        escalation.restart(now);
        escalation
    }

    /// It is unanswered from now on.
    pub(super) fn restart(&mut self, now: Timestamp) {
        (self.next, self.round) = (0, 0);
        self.due_at = self.policy.steps.first().map(|step| now.plus_millis(millis(step.after_s)));
    }

    /// Somebody has it, and did something about it now.
    pub(super) fn answered(&mut self, now: Timestamp) {
        let stale = self.policy.stale_after_s;
        self.due_at = (stale > 0).then(|| now.plus_millis(millis(stale)));
    }

    /// It is over.
    pub(super) fn end(&mut self) {
        self.due_at = None;
    }

    /// Nobody answered in time: the step that is due, and the next one's time from now on, however late this is. `None` if
    /// there is nobody left to ask.
    pub(super) fn advance(&mut self, now: Timestamp) -> Option<Page> {
        let page = self.policy.steps.get(self.next).map(|step| step.page.clone());
        self.next = self.next.saturating_add(1);
        if self.next >= self.policy.steps.len() && self.round < self.policy.repeat {
            (self.next, self.round) = (0, self.round.saturating_add(1));
        }
        self.due_at = match self.policy.steps.get(self.next) {
            Some(step) => Some(now.plus_millis(millis(step.after_s))),
            // Once more, to say that nobody is left.
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
