//! Adapter from [`SearchIndex`] to Durable Objects: one object per tenant.

use crate::call::{ask, hand_over};
use campana_core::chat::search::{Erase, Find, Found, IndexState, OneConversation, Rebuild, object_name};
use campana_core::shared::problem::Problem;
use campana_http::{BoxFuture, SearchIndex};
use worker::{Env, ObjectNamespace, Result};

/// Namespace of the objects.
pub(crate) struct DurableSearch {
    indexes: ObjectNamespace,
}

impl DurableSearch {
    /// Reads the binding of wrangler.toml.
    pub(crate) fn new(env: &Env) -> Result<Self> {
        Ok(Self { indexes: env.durable_object("SEARCH")? })
    }
}

impl SearchIndex for DurableSearch {
    fn find(&self, find: Find) -> BoxFuture<'_, std::result::Result<Found, Problem>> {
        ask(&self.indexes, object_name(&find.tenant), "find", find, None)
    }

    fn rebuild(&self, rebuild: Rebuild) -> BoxFuture<'_, std::result::Result<IndexState, Problem>> {
        ask(&self.indexes, object_name(&rebuild.tenant), "rebuild", rebuild, None)
    }

    fn fill(&self, one: OneConversation) -> BoxFuture<'_, std::result::Result<(), Problem>> {
        hand_over(&self.indexes, object_name(&one.tenant), "fill", one)
    }

    fn erase(&self, erase: Erase) -> BoxFuture<'_, std::result::Result<(), Problem>> {
        hand_over(&self.indexes, object_name(&erase.tenant), "erase", erase)
    }
}
