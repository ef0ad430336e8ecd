//! What a signature says of the person it is for.

use campana_core::accounts::principal::Principal;
use campana_core::pusher::frame::MAX_USER_INFO_BYTES;
use campana_core::pusher::settings::EventNames;
use campana_core::shared::ids::UserId;
use campana_core::shared::json::set;
use campana_storage::App as AppRecord;
use serde_json::{Value, json};

/// Whole numbers from here on lose digits in JavaScript.
const NUMBERS_END: u64 = 1 << 53;

/// The `channel_data` of a subscription, which is signed with it: who listens, what others are told of them on a
/// presence channel, and until when they are who they are.
pub(super) fn channel_data(record: &AppRecord, person: &Principal) -> String {
    let id = id(record, person);
    let data = json!({"user_id": id, "user_info": info(&id, person), "expires_at": person.expires_at_ms});
    data.to_string()
}

/// The `user_data` of signing in. Its id is a text, whatever names the app has chosen.
pub(super) fn user_data(record: &AppRecord, person: &Principal, watchlist: Option<&[UserId]>) -> String {
    let mut data = json!({
        "id": person.user_id, "user_info": info(&id(record, person), person), "expires_at": person.expires_at_ms,
    });
    if let Some(watchlist) = watchlist {
        set(&mut data, "watchlist", json!(watchlist));
    }
    data.to_string()
}

/// Laravel's ids are numbers, and its clients compare without converting.
fn id(record: &AppRecord, person: &Principal) -> Value {
    let text = person.user_id.as_str();
    let number = text.parse().ok().filter(|number: &u64| *number < NUMBERS_END && number.to_string() == text);
    match (record.pusher.event_names, number) {
        (EventNames::Laravel, Some(number)) => number.into(),
        _ => text.into(),
    }
}

/// What others are told. A picture whose address does not fit is left out.
fn info(id: &Value, person: &Principal) -> Value {
    let mut info = json!({"id": id, "name": person.name});
    if let Some(avatar) = &person.avatar {
        let mut with_avatar = info.clone();
        set(&mut with_avatar, "avatar", avatar.as_str());
        if with_avatar.to_string().len() <= MAX_USER_INFO_BYTES {
            info = with_avatar;
        }
    }
    info
}
