//! `/api/security/push`: devices that are paged by Web Push.

mod device;
mod key;
mod list;
mod subscribe;
mod unsubscribe;

use crate::App;
use crate::endpoints::{Endpoints, endpoints};
use campana_core::shared::problem::{Kind, Problem};

pub(super) fn endpoints() -> Endpoints {
    endpoints! {
        GET "/api/security/push/key" => key::handle, key::describe;
        POST "/api/security/push/subscriptions" => subscribe::handle, subscribe::describe;
        GET "/api/security/push/subscriptions" => list::handle, list::describe;
        DELETE "/api/security/push/subscriptions" => unsubscribe::handle, unsubscribe::describe;
    }
}

/// The deployment's public VAPID key. 503 if no key is configured.
fn push_key(app: &App) -> Result<&str, Problem> {
    app.push_key().ok_or_else(|| {
        let detail = "Web Push is not set up here: set the secret VAPID_PRIVATE_KEY and the variable VAPID_SUBJECT";
        Problem::new(Kind::Unavailable, detail)
    })
}

#[cfg(feature = "schema")]
pub(super) fn describe(documents: &mut crate::schema::Documents) {
    documents.answer::<crate::request::Page<device::Shown>>();
    documents.answer::<key::PushKey<'_>>();
}

#[cfg(test)]
mod tests;
