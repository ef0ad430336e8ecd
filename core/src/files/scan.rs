//! Checks of files by an app's scanner: what it is asked, how its address of the bytes is signed, and what it decides.
//!
//! The request is a webhook in the form of Standard Webhooks (standardwebhooks.com), as those of alerts. Its key derives from the app's
//! secret ([`Secret::of_scanner`]), so that a scanner holds nothing with which it could act for the app.

use super::link::Claims;
use super::{Attachment, FileStatus};
use crate::named;
use crate::shared::ids::{ConversationId, FileId, TenantId};
use crate::shared::json::read_input_bytes;
use crate::shared::timestamp::Timestamp;
use crate::webhooks::Headers;
use crate::webhooks::alerts::{Secret, signed_headers};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How long the scanner can read the bytes after it was asked, milliseconds: five minutes.
pub const READING_MS: i64 = 5 * 60 * 1_000;
/// Time-out of a request to a scanner, milliseconds. One that needs longer answers 202 and reports later.
pub const ANSWER_MS: u32 = 25_000;
/// How long a scan that begins is left to the request that began it, milliseconds.
pub const LEASE_MS: i64 = 60_000;
/// When a scanner that answered 202 is asked again, milliseconds: an hour.
pub const LATER_MS: i64 = 60 * 60 * 1_000;
/// Delays between two requests to a scanner that fails, doubled, milliseconds: from ten seconds to an hour.
pub const FIRST_RETRY_MS: i64 = 10_000;
/// The longest of them.
pub const LONGEST_RETRY_MS: i64 = 60 * 60 * 1_000;
/// How long the message of a file that was sent may be on its way to the record, milliseconds.
pub const ARRIVAL_MS: i64 = 60_000;
/// Longest reason, characters.
pub const MAX_REASON_CHARS: usize = 200;
/// Largest answer of a scanner, bytes.
pub const MAX_ANSWER_BYTES: usize = 16 * 1_024;
/// Type of the request.
const KIND: &str = "file.scan";

named! {
    /// What a scanner decides about a file.
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ScanVerdict"))]
    pub enum Verdict {
        /// Everybody who may read the file can read it.
        Clean = "clean",
        /// It contains malware: its bytes are deleted.
        Infected = "infected",
        /// It is not wanted for another reason: its bytes are deleted.
        Refused = "refused",
    }
}

impl Verdict {
    /// The status that a file has after it.
    pub const fn status(self) -> FileStatus {
        match self {
            Self::Clean => FileStatus::Ready,
            Self::Infected | Self::Refused => FileStatus::Refused,
        }
    }
}

/// A verdict and, if the scanner says it, the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The verdict.
    pub verdict: Verdict,
    /// The reason, such as the name of the malware.
    pub reason: Option<String>,
}

/// What a scanner answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScanAnswer {
    /// It has decided.
    Decided(Decision),
    /// It reports later.
    Later,
}

#[derive(Deserialize)]
struct Decided {
    verdict: Verdict,
    #[serde(default)]
    reason: Option<String>,
}

impl Decision {
    /// Reads the JSON of a verdict: `{"verdict", "reason"}`, other fields are ignored. `None` for anything else.
    pub fn read(value: Value) -> Option<Self> {
        let Decided { verdict, reason } = serde_json::from_value(value).ok()?;
        let reason = reason.map(|reason| plain(&reason)).filter(|reason| !reason.is_empty());
        Some(Self { verdict, reason })
    }
}

impl ScanAnswer {
    /// Reads an answer: 202, or 200 with a verdict. `None` for anything else, which says nothing about the file.
    pub fn read(status: u16, body: &[u8]) -> Option<Self> {
        match status {
            202 => Some(Self::Later),
            200 => Decision::read(read_input_bytes(body).ok()?).map(Self::Decided),
            _ => None,
        }
    }
}

/// A text in one line, without control characters, cut to [`MAX_REASON_CHARS`].
fn plain(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_REASON_CHARS).collect();
    line.trim().to_owned()
}

/// A file that is to be scanned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScannedFile<'a> {
    /// Its id.
    pub id: &'a FileId,
    /// Its name.
    pub name: &'a str,
    /// Its media type, found by its content.
    pub content_type: &'a str,
    /// Bytes.
    pub size: i64,
    /// SHA-256 of the bytes, in hexadecimal.
    pub sha256: &'a str,
}

/// A request to a scanner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanRequest {
    /// Id of the scan, the same in each attempt.
    pub id: String,
    /// The body, as JSON.
    pub body: String,
}

impl ScanRequest {
    /// The request about a file of an app, whose bytes are at the path `url` until `expires_at`.
    pub fn new(app: &str, file: &ScannedFile<'_>, url: &str, expires_at: Timestamp, now: Timestamp) -> Self {
        let ScannedFile { id, name, content_type, size, sha256 } = file;
        let body = json!({
            "type": KIND,
            "timestamp": now,
            "data": {
                "app_id": app,
                "file": {"id": id, "name": name, "type": content_type, "size": size, "sha256": sha256},
                "url": url,
                "expires_at": expires_at,
            },
        });
        Self { id: format!("scan_{id}"), body: body.to_string() }
    }

    /// Headers of an attempt, with a signature by each of the app's secrets.
    pub fn headers<'a>(&self, secrets: impl Iterator<Item = &'a str>, now: Timestamp) -> Headers {
        let secrets: Vec<Secret> = secrets.filter_map(Secret::of_scanner).collect();
        signed_headers(secrets.iter(), &self.id, &self.body, now)
    }
}

/// What the address proves from which a scanner reads the bytes of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanLink {
    /// Tenant of the file.
    #[serde(rename = "t")]
    pub tenant: TenantId,
    /// The file.
    #[serde(rename = "f")]
    pub file: FileId,
    /// When the address ends.
    #[serde(rename = "e")]
    pub expires_at_ms: i64,
}

impl Claims for ScanLink {
    const PURPOSE: &'static [u8] = b"campana file scan\n";

    fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    fn expires_at_ms(&self) -> i64 {
        self.expires_at_ms
    }
}

/// Path of the address from which a scanner reads the bytes, with the signed text.
pub fn url_of_scan(id: &FileId, signed: &str) -> String {
    format!("/api/chat/files/{id}/scan?link={signed}")
}

/// The request to a conversation's object whose messages have a file that was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileDecided {
    /// Tenant of the conversation.
    pub tenant: TenantId,
    /// Conversation id.
    pub conversation_id: ConversationId,
    /// The file.
    pub file_id: FileId,
    /// Its status now.
    pub status: FileStatus,
}

impl Attachment {
    /// Takes the status that a scan gave to the file. Returns whether that changes anything. A refused file has no smaller forms.
    pub fn decide(&mut self, status: FileStatus) -> bool {
        if self.status != FileStatus::Scanning || status == FileStatus::Scanning {
            return false;
        }
        self.status = status;
        if status == FileStatus::Refused {
            self.variants.clear();
            self.thumbhash = None;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::link::{Link, Unverified};

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    #[test]
    fn only_a_plain_verdict_decides() {
        let read = |status, body: &str| ScanAnswer::read(status, body.as_bytes());
        let decided = |verdict, reason: Option<&str>| {
            Some(ScanAnswer::Decided(Decision { verdict, reason: reason.map(str::to_owned) }))
        };
        assert_eq!(read(200, r#"{"verdict":"clean"}"#), decided(Verdict::Clean, None));
        let infected = r#"{"verdict":"infected","reason":" Eicar\nTest ","engine":"clamd"}"#;
        assert_eq!(read(200, infected), decided(Verdict::Infected, Some("Eicar Test")));
        assert_eq!(read(200, r#"{"verdict":"refused","reason":null}"#), decided(Verdict::Refused, None));
        assert_eq!(read(202, ""), Some(ScanAnswer::Later));
        for (status, body) in [
            (200, ""),
            (200, "clean"),
            (200, r#""clean""#),
            (200, r#"{"verdict":"Clean"}"#),
            (200, r#"{"verdict":"ready"}"#),
            (200, r#"{"verdict":"clean","reason":7}"#),
            (201, r#"{"verdict":"clean"}"#),
            (204, ""),
            (302, r#"{"verdict":"clean"}"#),
            (500, r#"{"verdict":"clean"}"#),
        ] {
            assert_eq!(read(status, body), None, "{status} {body}");
        }
        let long = json!({"verdict": "refused", "reason": "ñ".repeat(900)});
        let reason = Decision::read(long).and_then(|decision| decision.reason).expect("a reason");
        assert_eq!(reason.chars().count(), MAX_REASON_CHARS);
    }

    #[test]
    fn a_request_is_signed_with_a_key_that_derives_from_the_secret() {
        let id = FileId::trusted("f");
        let file = ScannedFile { id: &id, name: "a.txt", content_type: "text/plain", size: 3, sha256: "00" };
        let request = ScanRequest::new("1", &file, "/api/chat/files/f/scan?link=x", NOW.plus_millis(READING_MS), NOW);
        assert_eq!(request.id, "scan_f");
        assert!(!request.body.contains("secret"));
        let headers = request.headers(["secret", "", "old"].into_iter(), NOW);
        let header = |name: &str| headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let signed = format!("scan_f.1700000000.{}", request.body);
        let by = |secret: &str| Secret::of_scanner(secret).and_then(|key| key.sign(&signed)).expect("a signature");
        assert_eq!(header("webhook-signature"), Some(format!("{} {}", by("secret"), by("old"))));
        assert_eq!(header("webhook-timestamp").as_deref(), Some("1700000000"));
        // printf 'campana file scanner' | openssl dgst -sha256 -hmac secret -binary | base64
        let key = Secret::of_scanner("secret").expect("a key");
        assert_eq!(key.as_str(), "whsec_ve+qsZbQXUfqu3/f2ZgXPyS99QdhXYBbN0nGZeCBkY8=");
    }

    #[test]
    fn an_address_of_a_scan_is_no_link_of_a_person() {
        let claims = ScanLink { tenant: TenantId::trusted("demo"), file: FileId::trusted("f"), expires_at_ms: 9 };
        let text = claims.sign("secret").expect("an address");
        let read = |at| Unverified::<ScanLink>::read(&text)?.verify(["secret"].into_iter(), Timestamp::from_millis(at));
        assert_eq!((read(8), read(9)), (Some(claims), None));
        assert_eq!(Unverified::<Link>::read(&text), None);
        let link = Link {
            tenant: TenantId::trusted("demo"),
            user: crate::shared::ids::UserId::trusted("7"),
            file: FileId::trusted("f"),
            expires_at_ms: 9,
            issued_at_ms: None,
            signed_with: crate::accounts::revocation::SigningKey::Secret(1),
        };
        let text = link.sign("secret").expect("a link");
        let scan = Unverified::<ScanLink>::read(&text).expect("it has the fields of one");
        assert_eq!(scan.verify(["secret"].into_iter(), Timestamp::from_millis(0)), None);
    }
}
