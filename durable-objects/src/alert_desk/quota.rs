//! The desk's lease at the app's quota registry. The desk has no quota, so it refuses no dashboard for one.

use super::Object;
use crate::quota_reporter::{Holder, HoldsLease, QuotaReporter};
use campana_core::accounts::quota::{Kind, Quota};

impl HoldsLease for Object {
    fn reporter(&self) -> &QuotaReporter {
        &self.reporter
    }

    fn holder(&self) -> Option<Holder> {
        let tenant = self.tenant()?;
        Some(Holder::new(tenant, "alert-desk".to_owned(), Kind::Channel, Quota::default()))
    }
}
