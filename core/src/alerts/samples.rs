//! Sample alert and notification for tests.

use super::notification::Notification;
use super::{
    Alert, AlertId, AlertSettings, Apartment, Entry, Language, Location, NewAlert, Page, Spot, Status, What, Who,
};
use crate::shared::ids::UserId;
use crate::shared::timestamp::Timestamp;

/// Time at which the sample alert is raised.
pub(crate) const RAISED_AT: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// A user.
pub(crate) fn somebody(id: &str, name: &str) -> Who {
    Who { id: UserId::trusted(id), name: name.to_owned() }
}

fn place() -> Location {
    let spot = Spot { lat: Some(40.4), lng: Some(-3.7), string: Some("by the door".to_owned()), ..Spot::default() };
    spot.locate(6, RAISED_AT).expect("a valid location")
}

/// Ana's alert with the given status.
pub(crate) fn alert(status: Status) -> Alert {
    let apartment = Apartment { id: Some("12".to_owned()), address: Some("12 Elm Street".to_owned()) };
    let new = NewAlert {
        id: AlertId::trusted("a-1"),
        apartment,
        location: Some(place()),
        note: Some("come quickly".to_owned()),
        drill: false,
        left_out: Vec::new(),
    };
    let (alert, _) = Alert::raise(new, somebody("7", "Ana"), &AlertSettings::default(), RAISED_AT);
    Alert { status, ..alert }
}

/// A notification about Ana's alert: an entry by Luis, with an optional page.
pub(crate) fn notification(what: What, page: Option<Page>) -> Notification {
    let entry = Entry { number: 1, at: RAISED_AT, by: Some(somebody("9", "Luis")), what };
    Notification { entry, alert: Box::new(alert(Status::Triggered)), page, language: Language::En }
}
