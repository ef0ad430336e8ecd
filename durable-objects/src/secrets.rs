//! The keys of this deployment that decrypt app secrets.

use campana_core::accounts::sealed::SecretsKeys;
use campana_core::shared::problem::Problem;
use std::cell::OnceCell;
use std::sync::Arc;
use worker::Env;

/// Variable with the keys.
const SECRETS_KEY: &str = "CAMPANA_SECRETS_KEY";

thread_local! {
    static KEYS: OnceCell<Arc<SecretsKeys>> = const { OnceCell::new() };
}

/// The keys, parsed once per isolate. Only a development machine may have none: anywhere else the deployment refuses to
/// work, so that it is noticed before secrets are stored without encryption.
pub fn secrets_keys(env: &Env) -> Result<Arc<SecretsKeys>, Problem> {
    if let Some(keys) = KEYS.with(|keys| keys.get().cloned()) {
        return Ok(keys);
    }
    let variable = |name| env.var(name).map_or_else(|_| String::new(), |value| value.to_string());
    let keys = match SecretsKeys::parse(&variable(SECRETS_KEY)) {
        Ok(keys) => keys,
        Err(_) if variable(SECRETS_KEY).is_empty() && variable("ENVIRONMENT") == "local" => SecretsKeys::default(),
        Err(why) => return Err(Problem::unavailable(format!("the secret {SECRETS_KEY} is not usable: {why}"))),
    };
    Ok(KEYS.with(|cached| Arc::clone(cached.get_or_init(|| Arc::new(keys)))))
}
