//! The record: D1, accessed through the queries of `campana-storage`.

use campana_core::shared::problem::Problem;
use campana_storage::Store;
use campana_storage_d1::D1;
use std::sync::Arc;
use worker::Env;

/// The record of this deployment; 503 if no database is bound.
pub(crate) fn record(env: &Env) -> Result<Store, Problem> {
    let database = env.d1("DB").map_err(|_| Problem::unavailable("the database is not bound"))?;
    Ok(Store::new(Arc::new(D1(database))))
}
