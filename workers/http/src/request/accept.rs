//! Content negotiation.

use axum::http::{HeaderMap, header};

/// Whether `Accept` names one of these media types. Quality values are ignored.
pub(crate) fn accepts(headers: &HeaderMap, types: &[&str]) -> bool {
    let accepted = headers.get_all(header::ACCEPT).into_iter().filter_map(|accept| accept.to_str().ok());
    let mut kinds = accepted.flat_map(|accept| accept.split(',')).filter_map(|kind| kind.split(';').next());
    kinds.any(|kind| types.contains(&kind.trim().to_ascii_lowercase().as_str()))
}
