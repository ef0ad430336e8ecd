//! Adapter from [`Live`] to Durable Objects: the quota registry, named by the tenant, and the objects that it knows.

use crate::call::ask;
use campana_core::live::{Holder, ListHolders, LiveAnswer, LiveQuestion};
use campana_core::pusher::link::Target;
use campana_core::shared::ids::TenantId;
use campana_core::shared::problem::Problem;
use campana_http::{BoxFuture, Live};
use worker::{Env, ObjectNamespace, Result};

/// Namespaces of the objects.
pub(crate) struct DurableLive {
    quota_registries: ObjectNamespace,
    conversations: ObjectNamespace,
    channels: ObjectNamespace,
    desks: ObjectNamespace,
    gateways: ObjectNamespace,
}

impl DurableLive {
    /// Reads the bindings of wrangler.toml.
    pub(crate) fn new(env: &Env) -> Result<Self> {
        Ok(Self {
            quota_registries: env.durable_object("QUOTA_REGISTRY")?,
            conversations: env.durable_object("CONVERSATION")?,
            channels: env.durable_object("CHANNEL")?,
            desks: env.durable_object(Target::AlertDesk.namespace())?,
            gateways: env.durable_object("GATEWAY")?,
        })
    }
}

impl Live for DurableLive {
    fn holders<'a>(
        &'a self,
        tenant: &'a TenantId,
        asked: ListHolders,
    ) -> BoxFuture<'a, std::result::Result<Vec<Holder>, Problem>> {
        ask(&self.quota_registries, tenant.to_string(), "holders", asked, None)
    }

    fn ask<'a>(
        &'a self,
        tenant: &'a TenantId,
        holder: &'a Holder,
        question: LiveQuestion,
    ) -> BoxFuture<'a, std::result::Result<LiveAnswer, Problem>> {
        let (namespace, name) = holder.address(tenant);
        let namespace = match namespace {
            "CONVERSATION" => &self.conversations,
            "GATEWAY" => &self.gateways,
            "ALERT_DESK" => &self.desks,
            _ => &self.channels,
        };
        ask(namespace, name, "live", question, None)
    }
}
