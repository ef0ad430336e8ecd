//! A user's own channel as a lease holder at its app's quota registry.

use super::{Object, Own};
use crate::quota_reporter::{Holder, HoldsLease, QuotaReporter};
use campana_core::accounts::quota::{Kind, Quota};

impl HoldsLease for Object {
    fn reporter(&self) -> &QuotaReporter {
        &self.reporter
    }

    fn holder(&self) -> Option<Holder> {
        let own = self.own.borrow();
        let Own { tenant, user, limits } = own.as_ref()?;
        Some(Holder::new(tenant.clone(), format!("user.{user}"), Kind::Channel, Quota::of(limits)))
    }
}
