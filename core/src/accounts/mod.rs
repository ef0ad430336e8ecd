//! Apps (tenants) and their users: principals, permissions, settings, quotas, the audit log.

pub mod app_config;
pub mod audit;
pub mod auth;
pub mod auth_failure;
pub mod metrics;
pub mod principal;
pub mod quota;
pub mod revocation;
pub mod sealed;
pub mod settings;
pub mod web;
