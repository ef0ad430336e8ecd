//! Apps (tenants) and the people of their tokens: principals, permissions, settings, quotas, the audit trail.

pub mod app_config;
pub mod audit;
pub mod principal;
pub mod quota;
pub mod settings;
