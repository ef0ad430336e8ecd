//! Alerts in the Common Alerting Protocol 1.2 (OASIS, CAP-v1.2-os), for external alerting systems.
//!
//! Each timeline entry is one message that refers to the earlier ones. If the owner's place was updated after the last
//! entry, that place is one more message. A message's content never changes: it contains only what was known at its
//! time.

use super::record::Sighting;
use super::{Alert, Entry, Language, Location, Status, What, Who};
use crate::shared::ids::TenantId;
use crate::shared::timestamp::Timestamp;
use std::fmt::{self, Display, Write};

/// The media type (OASIS, CAP-v1.2-os, 1.5).
pub const MEDIA_TYPE: &str = "application/cap+xml";
/// Earlier entries that a message considers and refers to at most, besides the first.
pub const MAX_EARLIER: u32 = 200;
const NAMESPACE: &str = "urn:oasis:names:tc:emergency:cap:1.2";
/// Longest headline in characters. The standard says that displays may show no more.
const MAX_HEADLINE_CHARS: usize = 160;

/// A message about an alert.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// The alert's tenant.
    pub tenant: &'a TenantId,
    /// The alert; only fields that do not change are used.
    pub alert: &'a Alert,
    /// Timeline entries, in order, up to the message's own, filtered for the reader; at least one. A gap may follow the
    /// first entry of the timeline.
    pub entries: &'a [Entry],
    /// The owner's place at that time, if known.
    pub place: Option<&'a Location>,
    /// Set if the message is about a place reported after the last entry.
    pub moved: Option<&'a Sighting>,
    /// The language of texts.
    pub language: Language,
}

impl Message<'_> {
    /// The message as XML. `None` if there are no entries.
    pub fn to_xml(&self) -> Option<String> {
        let (entry, earlier) = self.entries.split_last()?;
        let mut xml = Xml::begin();
        xml.open(&format!("alert xmlns=\"{NAMESPACE}\""));
        let sent = self.moved.map_or(entry.at, |moved| moved.location.at.max(entry.at));
        xml.text("identifier", self.identifier(entry, self.moved));
        xml.text("sender", self.sender());
        xml.text("sent", Moment(sent));
        xml.text("status", if self.alert.drill { "Exercise" } else { "Actual" });
        xml.text("msgType", self.kind(entry));
        xml.text("scope", "Restricted");
        xml.text("restriction", "for those who attend to this alert and for whoever raised it");
        let before: Vec<&Entry> = earlier.iter().chain(self.moved.map(|_| entry)).collect();
        if !before.is_empty() {
            xml.text("references", self.references(&before));
        }
        xml.text("incidents", &self.alert.id);
        self.info(&mut xml, entry);
        xml.close("alert");
        Some(xml.0)
    }

    /// Letters, digits, `-`, `_` and dots only: the standard forbids spaces, commas, `<` and `&`.
    fn identifier(&self, entry: &Entry, moved: Option<&Sighting>) -> String {
        let identifier = format!("{}.{}", self.alert.id, entry.number);
        moved.map_or_else(|| identifier.clone(), |moved| format!("{identifier}.{}", moved.number))
    }

    fn sender(&self) -> String {
        format!("{}@campana.dev", Plain(self.tenant.as_str()))
    }

    fn kind(&self, entry: &Entry) -> &'static str {
        match entry.what {
            _ if self.moved.is_some() => "Update",
            What::Triggered { .. } => "Alert",
            What::Cancelled { .. } | What::FalseAlarm { .. } => "Cancel",
            _ => "Update",
        }
    }

    fn references(&self, before: &[&Entry]) -> String {
        let sender = self.sender();
        let one = |entry: &&Entry| format!("{sender},{},{}", self.identifier(entry, None), Moment(entry.at));
        before.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    fn info(&self, xml: &mut Xml, entry: &Entry) {
        let status = self.status();
        let words = Words(self.language);
        let (urgency, severity, certainty) = match status {
            _ if status.is_open() => ("Immediate", "Severe", "Likely"),
            Status::Resolved => ("Past", "Minor", "Observed"),
            _ => ("Past", "Minor", "Unlikely"),
        };
        xml.open("info");
        xml.text("language", words.tag());
        xml.text("category", "Security");
        xml.text("event", words.event());
        if !status.is_open() {
            xml.text("responseType", "AllClear");
        }
        xml.text("urgency", urgency);
        xml.text("severity", severity);
        xml.text("certainty", certainty);
        xml.text("onset", Moment(self.alert.created_at));
        xml.text("headline", self.headline(words));
        xml.text("description", self.description(words, entry));
        for (name, value) in
            [("status", status.as_str()), ("what", entry.what.name()), ("alert_id", self.alert.id.as_str())]
        {
            xml.open("parameter");
            xml.text("valueName", name);
            xml.text("value", value);
            xml.close("parameter");
        }
        self.area(xml, words);
        xml.close("info");
    }

    /// The alert's status at the time of the message.
    fn status(&self) -> Status {
        let status = |entry: &Entry| match entry.what {
            What::Triggered { .. } | What::Reopened { .. } | What::Lapsed => Some(Status::Triggered),
            What::Acknowledged => Some(Status::Acknowledged),
            What::Responding => Some(Status::Responding),
            What::Resolved { .. } => Some(Status::Resolved),
            What::FalseAlarm { .. } => Some(Status::FalseAlarm),
            What::Cancelled { .. } => Some(Status::Cancelled),
            What::PressedAgain { .. }
            | What::Escalated { .. }
            | What::Exhausted
            | What::Duress { .. }
            | What::WrongPin => None,
        };
        self.entries.iter().rev().find_map(status).unwrap_or(Status::Triggered)
    }

    fn headline(&self, words: Words) -> String {
        let address = self.alert.apartment.address.as_deref();
        let parts = [Some(words.event()), Some(self.alert.user.name.as_str()), address];
        let headline = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
        headline.chars().take(MAX_HEADLINE_CHARS).collect()
    }

    fn description(&self, words: Words, entry: &Entry) -> String {
        let by = entry.by.as_ref().unwrap_or(&self.alert.user);
        let what = if self.moved.is_some() { words.moved().to_owned() } else { words.what(&entry.what, by) };
        match &self.alert.note {
            Some(note) => format!("{what}\n{note}"),
            None => what,
        }
    }

    fn area(&self, xml: &mut Xml, words: Words) {
        let place = self.moved.map(|moved| &moved.location).or(self.place);
        let apartment = &self.alert.apartment;
        let said = place.and_then(|place| place.string.as_deref());
        let described = said.or(apartment.address.as_deref()).or(apartment.id.as_deref());
        xml.open("area");
        xml.text("areaDesc", described.unwrap_or_else(|| words.nowhere()));
        if let Some(place) = place {
            let kilometres = f64::from(place.accuracy.unwrap_or(0)) / 1_000.0;
            xml.text("circle", format!("{},{} {kilometres}", place.lat.degrees(), place.lng.degrees()));
        }
        xml.close("area");
    }
}

/// A time in CAP format: whole seconds, and `-00:00` for UTC instead of `Z`.
struct Moment(Timestamp);

impl Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const TO_SECONDS: usize = "0000-00-00T00:00:00".len();
        let text = self.0.to_rfc3339();
        write!(f, "{}-00:00", text.get(..TO_SECONDS).unwrap_or(&text))
    }
}

/// A name that is valid in an identifier: bytes other than ASCII letters, digits, `-`, `_` and `.` are percent-encoded.
struct Plain<'a>(&'a str);

impl Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.bytes().try_for_each(|byte| match byte {
            b'-' | b'_' | b'.' => f.write_char(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => f.write_char(char::from(byte)),
            byte => write!(f, "%{byte:02X}"),
        })
    }
}

/// XML writer. Element names are constants; text content is escaped.
struct Xml(String);

impl Xml {
    fn begin() -> Self {
        Self("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned())
    }

    fn open(&mut self, tag: &str) {
        self.0.extend(["<", tag, ">\n"]);
    }

    fn close(&mut self, name: &str) {
        self.0.extend(["</", name, ">\n"]);
    }

    fn text(&mut self, name: &str, text: impl Display) {
        self.0.extend(["<", name, ">"]);
        for character in text.to_string().chars() {
            match character {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '\r' => self.0.push_str("&#13;"),
                character if is_xml(character) => self.0.push(character),
                _ => self.0.push(char::REPLACEMENT_CHARACTER),
            }
        }
        self.0.extend(["</", name, ">\n"]);
    }
}

/// Whether XML allows the character at all (XML 1.0, 2.2).
fn is_xml(character: char) -> bool {
    matches!(character, '\t' | '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// Texts for people.
#[derive(Debug, Clone, Copy)]
struct Words(Language);

impl Words {
    fn pick(self, english: &'static str, spanish: &'static str) -> &'static str {
        match self.0 {
            Language::En => english,
            Language::Es => spanish,
        }
    }

    /// Language tag (RFC 3066).
    fn tag(self) -> &'static str {
        self.pick("en", "es")
    }

    fn event(self) -> &'static str {
        self.pick("Panic alert", "Alerta de pánico")
    }

    fn nowhere(self) -> &'static str {
        self.pick("unknown", "desconocido")
    }

    fn moved(self) -> &'static str {
        self.pick("The person is somewhere else now.", "La persona está ahora en otro lugar.")
    }

    /// One or two sentences about a timeline entry.
    fn what(self, what: &What, by: &Who) -> String {
        let name = &by.name;
        let of_them = |english, spanish| format!("{name} {}.", self.pick(english, spanish));
        match what {
            What::Triggered { .. } => of_them("calls for help", "pide ayuda"),
            What::PressedAgain { .. } => of_them("pressed again", "ha vuelto a pulsar"),
            What::Reopened { .. } => of_them("calls for help again", "vuelve a pedir ayuda"),
            What::Acknowledged => of_them("has taken the alert", "se ocupa de la alerta"),
            What::Responding => of_them("is on the way", "está en camino"),
            What::Lapsed => {
                let lapsed = "Nobody attends to the alert any more: whoever had taken it was not heard of.";
                self.pick(lapsed, "Ya nadie se ocupa de la alerta: no se sabe de quien la atendía.").to_owned()
            }
            What::Escalated { level, .. } => {
                let asked =
                    self.pick("Nobody answered: others were asked to come", "Nadie respondió: se avisó a otros");
                format!("{asked} ({level}).")
            }
            What::Exhausted => {
                let exhausted = "Nobody answered, and there is nobody left to ask.";
                self.pick(exhausted, "Nadie respondió y no queda a quién avisar.").to_owned()
            }
            What::Resolved { reason, note } => {
                let attended = of_them("attended to it", "la ha atendido");
                with_cause(&attended, reason.as_deref(), note.as_deref())
            }
            What::FalseAlarm { reason, note } => {
                let nothing = of_them("found nothing", "no encontró nada");
                with_cause(&nothing, Some(reason), note.as_deref())
            }
            What::Cancelled { reason } => {
                with_cause(&of_them("cancelled it", "la ha cancelado"), reason.as_deref(), None)
            }
            What::Duress { .. } => {
                let duress = "The alert seems to be cancelled to whoever raised it, and is not: they are under duress.";
                self.pick(duress, "La alerta parece cancelada a quien la dio y no lo está: actúa bajo coacción.")
                    .to_owned()
            }
            What::WrongPin => self.pick("A wrong PIN was given.", "Se dio un PIN equivocado.").to_owned(),
        }
    }
}

fn with_cause(sentence: &str, reason: Option<&str>, note: Option<&str>) -> String {
    let mut text = sentence.to_owned();
    for words in [reason, note].into_iter().flatten().filter(|words| !words.is_empty()) {
        text.extend(["\n", words]);
    }
    text
}
