//! `channel_data` and `user_data`: what a signature says about its user.

use campana_core::accounts::principal::Principal;
use campana_core::pusher::settings::EventNames;
use campana_core::shared::ids::UserId;
use campana_core::shared::json::set;
use campana_storage::App as AppRecord;
use serde_json::{Value, json};

/// Integers from 2^53 on lose precision in JavaScript.
const NUMBERS_END: u64 = 1 << 53;

/// The signed `channel_data` of a subscription: the user's id, the info that members of a presence channel see, and when
/// the identity was issued and expires.
pub(super) fn channel_data(record: &AppRecord, person: &Principal) -> String {
    let id = id(record, person);
    let mut data = json!({"user_id": id, "user_info": info(record, &id, person)});
    set_times(&mut data, person);
    data.to_string()
}

/// An identity without a time of issue counts as older than any revocation.
fn set_times(data: &mut Value, person: &Principal) {
    set(data, "expires_at", person.expires_at_ms);
    set(data, "issued_at", person.issued_at_ms.unwrap_or(0));
}

/// The signed `user_data` of `pusher:signin`. Its id is a string for every app, whatever event names the app uses.
pub(super) fn user_data(record: &AppRecord, person: &Principal, watchlist: Option<&[UserId]>) -> String {
    let mut data = json!({"id": person.user_id, "user_info": info(record, &id(record, person), person)});
    set_times(&mut data, person);
    if let Some(watchlist) = watchlist {
        set(&mut data, "watchlist", json!(watchlist));
    }
    data.to_string()
}

/// A user id as JSON. Laravel's ids are numbers, and its clients compare them without conversion.
fn id(record: &AppRecord, person: &Principal) -> Value {
    let text = person.user_id.as_str();
    let number = text.parse().ok().filter(|number: &u64| *number < NUMBERS_END && number.to_string() == text);
    match (record.pusher.event_names, number) {
        (EventNames::Laravel, Some(number)) => number.into(),
        _ => text.into(),
    }
}

/// The `user_info` that others see. An avatar that would exceed the size limit is left out.
fn info(record: &AppRecord, id: &Value, person: &Principal) -> Value {
    let mut info = json!({"id": id, "name": person.name});
    if let Some(avatar) = &person.avatar {
        let mut with_avatar = info.clone();
        set(&mut with_avatar, "avatar", avatar.as_str());
        if with_avatar.to_string().len() <= record.pusher.user_info_bytes as usize {
            info = with_avatar;
        }
    }
    info
}
