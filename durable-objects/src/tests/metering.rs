//! What objects have counted, as the app's quota registry knows it.

use campana_core::accounts::metrics::{FEATURE_USES, Measurements, Metric};
use campana_core::shared::problem::Problem;
use campana_runtime::testing::World;

/// The registry in the world.
pub(crate) const REGISTRY: &str = "QUOTA_REGISTRY:demo";
/// Longer than the time from an addition to the report, milliseconds.
pub(crate) const REPORTED_MS: i64 = 3_000;

/// Uses of each feature.
#[track_caller]
pub(crate) fn feature_uses(world: &World) -> Vec<(String, u64)> {
    let answer = world.call(REGISTRY, "metrics", b"null".to_vec());
    world.run_until(10_000, || answer.borrow().is_some());
    let answer = answer.take().expect("an answer").expect("the registry lives");
    let measured: Result<Measurements, Problem> = serde_json::from_slice(&answer.body).expect("JSON");
    let counts = measured.expect("the registry answers").counts;
    let uses = counts.iter().filter_map(|(key, numbers)| {
        let (metric, labels) = Metric::of_series(key)?;
        let feature = labels.first().filter(|_| metric.name == FEATURE_USES.name)?;
        Some(((*feature).to_owned(), numbers.first().copied().unwrap_or_default()))
    });
    uses.collect()
}
