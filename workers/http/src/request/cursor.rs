//! Pagination cursors: position where a list continues. Opaque to clients; inside are the list's name and the last
//! item's sort key.

use super::FromText;
use base64ct::{Base64UrlUnpadded, Encoding};
use campana_core::shared::problem::{Kind, Problem};

/// Longest accepted cursor, bytes. The longest name and id fit.
const MAX_CURSOR_BYTES: usize = 2_048;
const VERSION: &str = "1";
const SEPARATOR: char = '\u{1f}';

/// A paged list. Its cursors are invalid for every other list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor(&'static str);

impl Cursor {
    pub(crate) const ROOMS: Self = Self("rooms");
    pub(crate) const MEMBERS: Self = Self("members");
    pub(crate) const FOUND_MEMBERS: Self = Self("found_members");
    pub(crate) const DRAFTS: Self = Self("drafts");
    pub(crate) const NOTIFICATIONS: Self = Self("notifications");
    pub(crate) const SAVED: Self = Self("saved");
    pub(crate) const SCHEDULED: Self = Self("scheduled");
    pub(crate) const INBOX: Self = Self("inbox");
    pub(crate) const MESSAGES: Self = Self("messages");
    pub(crate) const REACTIONS: Self = Self("reactions");
    pub(crate) const THREADS: Self = Self("threads");
    pub(crate) const READERS: Self = Self("readers");
    pub(crate) const PINS: Self = Self("pins");
    pub(crate) const VERSIONS: Self = Self("versions");
    pub(crate) const ONLINE: Self = Self("online");
    pub(crate) const USERS: Self = Self("users");
    pub(crate) const PEOPLE: Self = Self("people");
    pub(crate) const FOUND_PEOPLE: Self = Self("found_people");
    pub(crate) const FOUND_ROOMS: Self = Self("found_rooms");
    pub(crate) const SEARCH: Self = Self("search");
    pub(crate) const BLOCKS: Self = Self("blocks");
    pub(crate) const BANS: Self = Self("bans");
    pub(crate) const REPORTS: Self = Self("reports");
    pub(crate) const ROOM_INVITES: Self = Self("room_invites");
    pub(crate) const MY_INVITES: Self = Self("my_invites");
    pub(crate) const AUDITS: Self = Self("audits");
    pub(crate) const CONNECTIONS: Self = Self("connections");
    pub(crate) const CHANNELS: Self = Self("channels");
    pub(crate) const ALERTS: Self = Self("alerts");
    pub(crate) const MY_ALERTS: Self = Self("my_alerts");
    pub(crate) const ALERT_TIMELINE: Self = Self("alert_timeline");
    pub(crate) const ALERT_TRAIL: Self = Self("alert_trail");
    pub(crate) const ALERT_DELIVERIES: Self = Self("alert_deliveries");
    pub(crate) const WEBHOOK_DELIVERIES: Self = Self("webhook_deliveries");

    /// The cursor of a position in this list.
    pub(crate) fn write(self, place: &[&str]) -> String {
        let mut text = format!("{VERSION}{SEPARATOR}{}", self.0);
        for part in place {
            text.push(SEPARATOR);
            text.push_str(part);
        }
        Base64UrlUnpadded::encode_string(text.as_bytes())
    }

    /// The position in a cursor of this list. 422 if the cursor is invalid.
    pub(crate) fn read<const N: usize>(self, cursor: &str) -> Result<[String; N], Problem> {
        self.place(cursor).ok_or_else(bad_cursor)
    }

    /// The last item's id or number in an optional cursor of this list.
    pub(crate) fn place_of<T: FromText>(self, cursor: Option<&str>) -> Result<Option<T>, Problem> {
        let Some(cursor) = cursor else { return Ok(None) };
        let [last] = self.read(cursor)?;
        T::read(&last).map(Some).ok_or_else(bad_cursor)
    }

    /// The last item's sort key and id in an optional cursor of this list.
    pub(crate) fn placed<T: FromText>(self, cursor: Option<&str>) -> Result<Option<(String, T)>, Problem> {
        let Some(cursor) = cursor else { return Ok(None) };
        let [place, id] = self.read(cursor)?;
        T::read(&id).map(|id| Some((place, id))).ok_or_else(bad_cursor)
    }

    fn place<const N: usize>(self, cursor: &str) -> Option<[String; N]> {
        if cursor.len() > MAX_CURSOR_BYTES {
            return None;
        }
        let text = String::from_utf8(Base64UrlUnpadded::decode_vec(cursor).ok()?).ok()?;
        let mut parts = text.split(SEPARATOR);
        if parts.next()? != VERSION || parts.next()? != self.0 {
            return None;
        }
        let place: Vec<String> = parts.map(str::to_owned).collect();
        place.try_into().ok()
    }
}

/// 422 for an invalid cursor.
pub(crate) fn bad_cursor() -> Problem {
    Problem::new(Kind::BadCursor, "take next_cursor or prev_cursor of this very list as it is")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn cursors_round_trip(text in any::<String>(), bytes in any::<Vec<u8>>(), one in any::<String>()) {
            let encoded = Base64UrlUnpadded::encode_string(&bytes);
            let inside = format!("{VERSION}{SEPARATOR}users{SEPARATOR}{text}{SEPARATOR}{one}");
            for cursor in [&text, &encoded, &Base64UrlUnpadded::encode_string(inside.as_bytes())] {
                if let Ok(place) = Cursor::USERS.read::<2>(cursor) {
                    prop_assert_eq!(&Cursor::USERS.write(&place.each_ref().map(String::as_str)), cursor);
                }
            }
            let written = Cursor::USERS.write(&[&text, &one]);
            let is_good = written.len() <= MAX_CURSOR_BYTES && !text.contains(SEPARATOR) && !one.contains(SEPARATOR);
            prop_assert_eq!(Cursor::USERS.read(&written).ok(), is_good.then_some([text, one]));
        }
    }

    #[test]
    fn a_cursor_decodes_to_its_position() {
        let cursor = Cursor::USERS.write(&["Ana María", "7"]);
        assert_eq!(Cursor::USERS.read(&cursor), Ok(["Ana María".to_owned(), "7".to_owned()]));
    }

    #[test]
    fn cursors_of_other_lists_and_malformed_cursors_are_refused() {
        let long = "A".repeat(MAX_CURSOR_BYTES + 1);
        for bad in [Cursor::ROOMS.write(&["7"]).as_str(), "", "!", "YQ", &long, &Cursor::USERS.write(&["a", "b", "c"])]
        {
            assert_eq!(Cursor::USERS.read::<2>(bad).map_err(|problem| problem.kind), Err(Kind::BadCursor), "{bad}");
        }
    }
}
