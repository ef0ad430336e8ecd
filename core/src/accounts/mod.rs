//! Apps (tenants) and their users: principals, permissions, settings, quotas, the audit log.

pub mod app_config;
pub mod audit;
pub mod principal;
pub mod quota;
pub mod settings;
