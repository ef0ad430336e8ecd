//! Pagination cursors: position where a list continues. Opaque to clients; inside are the list's name and the last
//! item's sort key.

use base64ct::{Base64UrlUnpadded, Encoding};
use campana_core::shared::problem::{Kind, Problem};

/// Longest accepted cursor, bytes. The longest name and id fit.
const MAX_CURSOR_BYTES: usize = 2_048;
const VERSION: &str = "1";
const SEPARATOR: char = '\u{1f}';

/// A paged list. Its cursors are invalid for every other list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cursor {
    Rooms,
    Members,
    Inbox,
    Messages,
    Online,
    Users,
    Bans,
    RoomInvites,
    MyInvites,
    Audits,
    Alerts,
    MyAlerts,
    AlertTimeline,
    AlertTrail,
    AlertDeliveries,
}

impl Cursor {
    const fn name(self) -> &'static str {
        match self {
            Self::Rooms => "rooms",
            Self::Members => "members",
            Self::Inbox => "inbox",
            Self::Messages => "messages",
            Self::Online => "online",
            Self::Users => "users",
            Self::Bans => "bans",
            Self::RoomInvites => "room_invites",
            Self::MyInvites => "my_invites",
            Self::Audits => "audits",
            Self::Alerts => "alerts",
            Self::MyAlerts => "my_alerts",
            Self::AlertTimeline => "alert_timeline",
            Self::AlertTrail => "alert_trail",
            Self::AlertDeliveries => "alert_deliveries",
        }
    }

    /// The cursor of a position in this list.
    pub(crate) fn write(self, place: &[&str]) -> String {
        let mut text = format!("{VERSION}{SEPARATOR}{}", self.name());
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

    /// The last item's id in an optional cursor of this list.
    pub(crate) fn place_of<T>(
        self,
        cursor: Option<&str>,
        read: impl FnOnce(&str) -> Result<T, Problem>,
    ) -> Result<Option<T>, Problem> {
        let Some(cursor) = cursor else { return Ok(None) };
        let [id] = self.read(cursor)?;
        read(&id).map(Some)
    }

    fn place<const N: usize>(self, cursor: &str) -> Option<[String; N]> {
        if cursor.len() > MAX_CURSOR_BYTES {
            return None;
        }
        let text = String::from_utf8(Base64UrlUnpadded::decode_vec(cursor).ok()?).ok()?;
        let mut parts = text.split(SEPARATOR);
        if parts.next()? != VERSION || parts.next()? != self.name() {
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
                if let Ok(place) = Cursor::Users.read::<2>(cursor) {
                    prop_assert_eq!(&Cursor::Users.write(&place.each_ref().map(String::as_str)), cursor);
                }
            }
            let written = Cursor::Users.write(&[&text, &one]);
            let is_good = written.len() <= MAX_CURSOR_BYTES && !text.contains(SEPARATOR) && !one.contains(SEPARATOR);
            prop_assert_eq!(Cursor::Users.read(&written).ok(), is_good.then_some([text, one]));
        }
    }

    #[test]
    fn a_cursor_decodes_to_its_position() {
        let cursor = Cursor::Users.write(&["Ana María", "7"]);
        assert_eq!(Cursor::Users.read(&cursor), Ok(["Ana María".to_owned(), "7".to_owned()]));
    }

    #[test]
    fn cursors_of_other_lists_and_malformed_cursors_are_refused() {
        let long = "A".repeat(MAX_CURSOR_BYTES + 1);
        for bad in [Cursor::Rooms.write(&["7"]).as_str(), "", "!", "YQ", &long, &Cursor::Users.write(&["a", "b", "c"])]
        {
            assert_eq!(Cursor::Users.read::<2>(bad).map_err(|problem| problem.kind), Err(Kind::BadCursor), "{bad}");
        }
    }
}
