//! Text of a page. Locked screens show it: it says who needs help and the alert's status, never the place.

use crate::alerts::notification::{AlertStateAnswer, Notification};
use crate::alerts::{Alert, AlertId, Language, What, id_json};
use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Longest shown name in characters.
const MAX_NAME_CHARS: usize = 60;
/// Bytes of a topic before base64url, which makes 32 characters of them (RFC 8030, section 5.4).
const TOPIC_BYTES: usize = 24;

/// How loud a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Loud: asks a guard to come.
    Page,
    /// Silent: a status update for devices that were paged.
    Quiet,
}

/// How long a page is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needed {
    /// Until a guard acknowledges the alert.
    UntilTaken,
    /// Until the alert is closed: guards who acknowledged must know it, too.
    UntilOver,
}

impl Needed {
    /// Whether the page is still needed in the alert's current state.
    pub const fn still(self, state: AlertStateAnswer) -> bool {
        match self {
            Self::UntilTaken => state.is_open && state.is_unanswered,
            Self::UntilOver => state.is_open,
        }
    }
}

/// A message for devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// How loud it is.
    pub tone: Tone,
    /// How long it is needed, if it is a page.
    pub needed: Needed,
    /// Push message: JSON.
    pub text: String,
}

impl Notice {
    /// The notice of a notification, if any. Without a page, only an acknowledgement or a closing sends one: any other
    /// update would replace the page at the push service, because both have the alert's topic.
    pub fn of(notification: &Notification) -> Option<Self> {
        let tone = match notification.page {
            Some(_) => Tone::Page,
            None if notification.entry.what.is_answer() => Tone::Quiet,
            None => return None,
        };
        let needed = match notification.entry.what {
            What::Duress { .. } => Needed::UntilOver,
            _ => Needed::UntilTaken,
        };
        Some(Self { tone, needed, text: message(notification, tone).to_string() })
    }
}

/// Topic of an alert's messages: a push service stores at most one message per device and topic (RFC 8030).
pub fn topic(alert: &AlertId) -> String {
    let digest = Sha256::digest(alert.as_str());
    Base64UrlUnpadded::encode_string(digest.get(..TOPIC_BYTES).unwrap_or_default())
}

/// The fields are those of the Notifications API: a service worker shows them unchanged.
fn message(notification: &Notification, tone: Tone) -> Value {
    let Notification { entry, alert, language, .. } = notification;
    let id = alert.id.as_str();
    json!({
        "title": title(alert, *language),
        "body": body(notification),
        "lang": language,
        "tag": id,
        "renotify": tone == Tone::Page,
        "silent": tone == Tone::Quiet,
        "requireInteraction": tone == Tone::Page,
        "timestamp": entry.at.millis(),
        "data": {
            "alert_id": id_json(id),
            "event": format!("alert.{}", entry.what.name()),
            "status": alert.status,
            "drill": alert.drill,
            "url": format!("/?alert={id}"),
        },
    })
}

fn title(alert: &Alert, language: Language) -> String {
    let name = short(&alert.user.name);
    let (drill, alarm) = match language {
        Language::En => ("DRILL: ", "Panic alert"),
        Language::Es => ("SIMULACRO: ", "Alerta de pánico"),
    };
    format!("{}{alarm}: {name}", if alert.drill { drill } else { "" })
}

/// One sentence about the timeline entry.
fn body(notification: &Notification) -> String {
    let by = notification.entry.by.as_ref().map(|who| short(&who.name)).unwrap_or_default();
    match notification.language {
        Language::En => in_english(&notification.entry.what, &by),
        Language::Es => in_spanish(&notification.entry.what, &by),
    }
}

fn in_english(what: &What, by: &str) -> String {
    match what {
        What::Triggered { .. } => "Needs help now. Open to see where.".to_owned(),
        What::PressedAgain { presses } => format!("Pressed again: {presses} times."),
        What::Reopened { .. } => "Needs help again. Open to see where.".to_owned(),
        What::Acknowledged => format!("{by} has taken it."),
        What::Responding => format!("{by} is on the way."),
        What::Lapsed => format!("{by} has gone silent. Somebody else is needed."),
        What::Escalated { level, .. } => format!("Nobody has answered. Call number {}.", level.saturating_add(1)),
        What::Exhausted => "Nobody has answered, and there is nobody left to ask.".to_owned(),
        What::Resolved { .. } => format!("Attended to by {by}."),
        What::FalseAlarm { .. } => format!("A false alarm, says {by}."),
        What::Cancelled { .. } => "Taken back by whoever raised it.".to_owned(),
        What::Duress { .. } => "UNDER DURESS: made to call it off. This is real.".to_owned(),
        What::WrongPin => "A wrong PIN was given.".to_owned(),
    }
}

fn in_spanish(what: &What, by: &str) -> String {
    match what {
        What::Triggered { .. } => "Necesita ayuda ya. Abre para ver dónde.".to_owned(),
        What::PressedAgain { presses } => format!("Ha vuelto a pulsar: {presses} veces."),
        What::Reopened { .. } => "Vuelve a necesitar ayuda. Abre para ver dónde.".to_owned(),
        What::Acknowledged => format!("La atiende {by}."),
        What::Responding => format!("{by} va en camino."),
        What::Lapsed => format!("{by} no da señales. Hace falta otra persona."),
        What::Escalated { level, .. } => format!("Nadie ha respondido. Aviso número {}.", level.saturating_add(1)),
        What::Exhausted => "Nadie ha respondido y no queda a quién avisar.".to_owned(),
        What::Resolved { .. } => format!("Atendida por {by}."),
        What::FalseAlarm { .. } => format!("Falsa alarma, según {by}."),
        What::Cancelled { .. } => "La ha retirado quien la envió.".to_owned(),
        What::Duress { .. } => "BAJO COACCIÓN: le obligaron a anularla. Es real.".to_owned(),
        What::WrongPin => "Se ha dado un PIN equivocado.".to_owned(),
    }
}

fn short(name: &str) -> String {
    let mut chars = name.chars();
    let head: String = chars.by_ref().take(MAX_NAME_CHARS).collect();
    if chars.next().is_some() { format!("{head}…") } else { head }
}

#[cfg(test)]
mod tests;
