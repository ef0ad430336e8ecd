//! Errors for clients. One list of kinds serves HTTP (RFC 9457) and `error` frames on sockets.

use crate::shared::json::set;
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Base URL of the `type` of a problem.
pub const TYPE_BASE: &str = "https://campana.dev/problems/";

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $slug:literal, $status:literal, $title:literal;)+) => {
        /// Kind of a problem, with a stable slug, an HTTP status and a title.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Kind {
            $($(#[$doc])* #[serde(rename = $slug)] $name,)+
        }

        impl Kind {
            /// Every kind, for documents and tests.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The stable name, the last part of `type`.
            pub const fn slug(self) -> &'static str {
                match self { $(Self::$name => $slug,)+ }
            }

            /// The HTTP status.
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)+ }
            }

            /// The kind's fixed short description.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)+ }
            }
        }
    };
}

kinds! {
    /// No token, or an invalid one.
    Unauthenticated = "unauthenticated", 401, "A valid token is needed";
    /// The token is genuine but expired.
    TokenExpired = "token-expired", 401, "The token has expired";
    /// The user may see the resource but not do this.
    Forbidden = "forbidden", 403, "This is not allowed";
    /// The user is muted here.
    Muted = "muted", 403, "You are muted here";
    /// One of two people has blocked the other. Neither learns which.
    Blocked = "blocked", 403, "You cannot write to each other";
    /// Only moderators write in this room.
    AnnouncementOnly = "announcement-only", 403, "Only moderators write here";
    /// The user is banned from the room.
    Banned = "banned", 403, "You are banned here";
    /// The resource does not exist, or the user may not see it.
    NotFound = "not-found", 404, "Not found";
    /// The path does not support this method.
    MethodNotAllowed = "method-not-allowed", 405, "This method is not allowed here";
    /// The request conflicts with the present state.
    Conflict = "conflict", 409, "This conflicts with the current state";
    /// A change of the members of a direct conversation, which always has the same two.
    DirectConversation = "direct-conversation", 409, "The members of a direct conversation do not change";
    /// The group has as many members as it may have.
    GroupFull = "group-full", 409, "This group is full";
    /// The first request with this idempotency key is still running.
    InProgress = "request-in-progress", 409, "The first request with this key is still running";
    /// The invite was accepted by its maximum number of users.
    InviteUsedUp = "invite-used-up", 409, "This invite is used up";
    /// The invite has expired.
    InviteExpired = "invite-expired", 410, "This invite has expired";
    /// The invite was revoked.
    InviteRevoked = "invite-revoked", 410, "This invite was revoked";
    /// The invited user has declined.
    InviteDeclined = "invite-declined", 410, "This invite was declined";
    /// The resource has another version than the request's `If-Match` names.
    PreconditionFailed = "precondition-failed", 412, "This has changed since";
    /// The request is of a version of tus that is not supported.
    UnsupportedTusVersion = "unsupported-tus-version", 412, "This version of tus is not supported";
    /// The body or frame exceeds the size limit.
    TooLarge = "too-large", 413, "Too large";
    /// The request asks for bytes that the file does not have.
    RangeNotSatisfiable = "range-not-satisfiable", 416, "The file does not have this range";
    /// A request to a WebSocket endpoint is not an upgrade.
    UpgradeRequired = "upgrade-required", 426, "A WebSocket is needed here";
    /// The content type is not JSON where JSON is required.
    UnsupportedMediaType = "unsupported-media-type", 415, "The content type is not supported";
    /// Unreadable input: broken JSON, wrong encoding, a binary frame.
    Malformed = "malformed", 400, "The request cannot be read";
    /// A direct message to oneself.
    NotToYourself = "not-to-yourself", 400, "You cannot write to yourself";
    /// Readable input with an invalid value or an unknown field.
    Invalid = "invalid", 422, "The request is not valid";
    /// Another request is writing to the upload.
    UploadLocked = "upload-locked", 423, "Another request writes to this upload";
    /// The bytes of a piece do not have the checksum that the client states.
    ChecksumMismatch = "checksum-mismatch", 460, "The bytes do not have this checksum";
    /// An idempotency key or `client_msg_id` was reused with other content.
    KeyReused = "key-reused", 422, "This key was used with another content";
    /// The position or cursor is invalid.
    BadCursor = "bad-cursor", 422, "The cursor is not valid";
    /// The frame's type is unknown.
    UnknownFrame = "unknown-frame", 422, "This frame type does not exist";
    /// Over a rate limit; `retry_after_ms` has the time to wait.
    RateLimited = "rate-limited", 429, "Too many requests";
    /// The room is in slow mode, and the user has just written; `retry_after_ms` has the time to wait.
    SlowMode = "slow-mode", 429, "Slow mode: wait before the next message";
    /// Over a limit of sockets or connections.
    TooManySockets = "too-many-sockets", 429, "Too many open sockets";
    /// A required service did not answer. Nothing was lost; a retry can succeed.
    Unavailable = "unavailable", 503, "Temporarily unavailable";
    /// A server error.
    Internal = "internal", 500, "Something went wrong on our side";
}

/// One wrong field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FieldError {
    /// The field, dotted for nested ones.
    pub field: String,
    /// What is wrong with it.
    pub detail: String,
}

/// An error for the client. Never holds a token, a message body or a location.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{}: {detail}", kind.slug())]
pub struct Problem {
    /// Kind of the problem.
    pub kind: Kind,
    /// One sentence for developers.
    pub detail: String,
    /// The invalid fields, if any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Time after which a retry can succeed, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// End of the mute or the ban, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl Problem {
    /// A problem of this kind.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), errors: Vec::new(), retry_after_ms: None, until: None }
    }

    /// 500. Clients see the detail.
    pub fn internal(detail: impl Into<String>) -> Self {
        Self::new(Kind::Internal, detail)
    }

    /// 404 for an absent or invisible resource; clients cannot distinguish them.
    pub fn not_found() -> Self {
        Self::new(Kind::NotFound, "it does not exist, or you may not see it")
    }

    /// 422 for one field.
    pub fn field(field: impl Into<String>, detail: impl Into<String>) -> Self {
        let error = FieldError { field: field.into(), detail: detail.into() };
        let detail = format!("{}: {}", error.field, error.detail);
        Self { errors: vec![error], ..Self::new(Kind::Invalid, detail) }
    }

    /// 503 with a retry after 1 second.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self { retry_after_ms: Some(1_000), ..Self::new(Kind::Unavailable, detail) }
    }

    /// 429 with the time to wait.
    pub fn rate_limited(detail: impl Into<String>, retry_after_ms: u64) -> Self {
        Self { retry_after_ms: Some(retry_after_ms), ..Self::new(Kind::RateLimited, detail) }
    }

    /// 429 for a message within a room's slow mode.
    pub fn slow_mode(interval_s: u32, retry_after_ms: u64) -> Self {
        let detail = format!("a member sends one message in {interval_s} seconds here");
        Self { retry_after_ms: Some(retry_after_ms), ..Self::new(Kind::SlowMode, detail) }
    }

    /// 429 for a connection above a limit, with a retry after 5 seconds.
    pub fn too_many_sockets(detail: impl Into<String>) -> Self {
        Self { retry_after_ms: Some(5_000), ..Self::new(Kind::TooManySockets, detail) }
    }

    /// 403 for a user who is muted until then.
    pub fn muted(until: Timestamp) -> Self {
        let detail = format!("until {}", until.to_rfc3339());
        Self { until: Some(until), ..Self::new(Kind::Muted, detail) }
    }

    /// 403: one of the two people has blocked the other.
    pub fn blocked() -> Self {
        Self::new(Kind::Blocked, "one of you has blocked the other")
    }

    /// 403 for a user who is banned until then, or until the ban is lifted.
    pub fn banned(until: Option<Timestamp>) -> Self {
        let detail = until.map_or_else(|| "until it is lifted".to_owned(), |at| format!("until {}", at.to_rfc3339()));
        Self { until, ..Self::new(Kind::Banned, detail) }
    }

    /// The `application/problem+json` document.
    pub fn to_document(&self) -> Value {
        let mut document = json!({
            "type": format!("{TYPE_BASE}{}", self.kind.slug()),
            "title": self.kind.title(),
            "status": self.kind.status(),
            "detail": self.detail,
            "errors": self.errors,
        });
        if let Some(wait) = self.retry_after_ms {
            set(&mut document, "retry_after_ms", wait);
        }
        if let Some(until) = self.until {
            set(&mut document, "until", until.to_rfc3339());
        }
        document
    }

    /// The `error` frame for sockets, with the `client_msg_id` of the refused send, if any.
    pub fn to_frame(&self, client_msg_id: Option<&str>) -> Value {
        let mut frame = self.to_document();
        set(&mut frame, "error", self.kind.slug());
        set(&mut frame, "type", "error");
        if let Some(id) = client_msg_id {
            set(&mut frame, "client_msg_id", id);
        }
        frame
    }
}

/// Schema-only types of problems.
#[cfg(feature = "schema")]
pub mod schema {
    use super::FieldError;
    use crate::shared::timestamp::Timestamp;
    use schemars::JsonSchema;

    /// A problem document (RFC 9457).
    #[derive(JsonSchema)]
    #[schemars(rename = "Problem")]
    pub struct ProblemDocument {
        /// Kind of the problem: an address that never changes.
        #[schemars(rename = "type", url)]
        pub kind: String,
        /// Short description, the same for every problem of the kind.
        pub title: String,
        /// The HTTP status.
        pub status: u16,
        /// One sentence for developers.
        pub detail: String,
        /// The invalid fields, if any.
        pub errors: Vec<FieldError>,
        /// Time after which a retry can succeed, milliseconds.
        #[schemars(skip_serializing_if = "Option::is_none", with = "u64")]
        pub retry_after_ms: Option<u64>,
        /// End of the mute or the ban, if known.
        #[schemars(skip_serializing_if = "Option::is_none", with = "Timestamp")]
        pub until: Option<Timestamp>,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn slugs_are_unique_and_statuses_are_errors() {
        let slugs: BTreeSet<_> = Kind::ALL.iter().map(|k| k.slug()).collect();
        assert_eq!(slugs.len(), Kind::ALL.len());
        assert!(Kind::ALL.iter().all(|k| (400..600).contains(&k.status())));
    }

    #[test]
    fn every_kind_is_explained_and_nothing_else() {
        let guide = include_str!("../../../docs/problems.md");
        let sections: Vec<&str> = guide.split("\n## ").skip(1).collect();
        let explained: BTreeSet<&str> = sections.iter().filter_map(|section| section.lines().next()).collect();
        assert_eq!(explained, Kind::ALL.iter().map(|kind| kind.slug()).collect());
        for section in sections {
            let (slug, text) = section.split_once('\n').expect("a section has a text");
            let kind = Kind::ALL.iter().find(|kind| kind.slug() == slug).expect("one of them");
            let begin = format!("\n{}, _{}_.", kind.status(), kind.title());
            assert!(text.starts_with(&begin), "{slug} begins with its status and title");
            assert!(text.contains("\n**Remedy**: "), "{slug} has a remedy");
        }
    }

    #[test]
    fn a_document_has_every_member_of_the_contract() {
        let document = Problem::field("body", "is empty").to_document();
        assert_eq!(document["type"], "https://campana.dev/problems/invalid");
        assert_eq!(document["status"], 422);
        assert_eq!(document["errors"][0]["field"], "body");
    }

    #[test]
    fn mute_and_ban_problems_have_their_end() {
        let until = Timestamp::from_millis(1_769_850_300_120);
        for problem in [Problem::muted(until), Problem::banned(Some(until))] {
            assert_eq!(problem.to_document()["until"], "2026-01-31T09:05:00.120Z");
            assert_eq!(problem.to_frame(None)["until"], "2026-01-31T09:05:00.120Z");
        }
        assert_eq!(Problem::banned(None).to_document().get("until"), None);
    }

    #[test]
    fn a_frame_names_the_send_that_it_refuses() {
        let frame = Problem::rate_limited("slow down", 100).to_frame(Some("m1"));
        assert_eq!(frame["type"], "error");
        assert_eq!(frame["error"], "rate-limited");
        assert_eq!(frame["client_msg_id"], "m1");
        assert_eq!(frame["retry_after_ms"], 100);
    }
}
