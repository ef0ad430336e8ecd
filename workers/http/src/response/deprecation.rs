//! Endpoints that a later release removes. Their responses say so by `Deprecation` (RFC 9745) and `Sunset` (RFC 8594).
//!
//! The policy is in `docs/versioning.md`.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::MethodRouter;
use campana_core::shared::timestamp::Timestamp;

/// The endpoints that are deprecated at present.
pub(crate) const DEPRECATED: &[Deprecation] = &[];

/// A deprecated endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Deprecation {
    /// Method, in capitals.
    pub(crate) method: &'static str,
    /// Path template.
    pub(crate) path: &'static str,
    /// Beginning of the deprecation.
    pub(crate) since: Timestamp,
    /// Earliest time of the removal.
    pub(crate) sunset: Timestamp,
    /// Page that names the replacement.
    pub(crate) guide: &'static str,
}

const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
const SUNSET: HeaderName = HeaderName::from_static("sunset");

impl Deprecation {
    /// The deprecation of an endpoint, if it is one of `deprecated`.
    pub(crate) fn find<'a>(deprecated: &'a [Self], method: &str, path: &str) -> Option<&'a Self> {
        deprecated.iter().find(|one| one.method == method && one.path == path)
    }

    /// Adds the headers to every response of the endpoint.
    pub(crate) fn announce<S: Clone + Send + Sync + 'static>(self, endpoint: MethodRouter<S>) -> MethodRouter<S> {
        endpoint.layer(from_fn(move |request: Request, next: Next| self.respond(request, next)))
    }

    async fn respond(self, request: Request, next: Next) -> Response {
        let mut response = next.run(request).await;
        let texts = [
            (DEPRECATION, format!("@{}", self.since.millis().div_euclid(1_000))),
            (SUNSET, self.sunset.to_http_date()),
            (header::LINK, format!("<{}>; rel=\"deprecation\"; type=\"text/html\"", self.guide)),
        ];
        for (name, text) in texts {
            if let Ok(value) = HeaderValue::try_from(text) {
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::{DEPRECATED, Deprecation};
    use axum::Router;
    use axum::body::Body;
    use axum::http::{Request, StatusCode};
    use axum::routing::get;
    use campana_core::shared::timestamp::Timestamp;
    use pollster::block_on;
    use tower::ServiceExt;

    /// From 31 January 2026 to 31 January 2027.
    const OLD: Deprecation = Deprecation {
        method: "GET",
        path: "/old",
        since: Timestamp::from_millis(1_769_817_600_000),
        sunset: Timestamp::from_millis(1_801_353_600_000),
        guide: "/docs/versioning",
    };

    #[test]
    fn responses_of_a_deprecated_endpoint_name_the_date_of_its_removal() {
        let old = OLD.announce(get(async || StatusCode::NOT_FOUND));
        let router: Router = Router::new().route("/old", old).route("/new", get(async || {}));
        let answered = |path: &str| {
            let request = Request::get(path).body(Body::empty()).expect("a request");
            block_on(router.clone().oneshot(request)).expect("a response")
        };
        let old = answered("/old");
        assert_eq!(old.status(), StatusCode::NOT_FOUND);
        assert_eq!(old.headers()["deprecation"], "@1769817600");
        assert_eq!(old.headers()["sunset"], "Sun, 31 Jan 2027 00:00:00 GMT");
        assert_eq!(old.headers()["link"], "</docs/versioning>; rel=\"deprecation\"; type=\"text/html\"");
        let new = answered("/new");
        assert!(["deprecation", "sunset", "link"].iter().all(|name| !new.headers().contains_key(*name)));
    }

    #[test]
    fn an_endpoint_is_found_by_method_and_path() {
        assert_eq!(Deprecation::find(&[OLD], "GET", "/old"), Some(&OLD));
        assert_eq!(Deprecation::find(&[OLD], "POST", "/old"), None);
        assert_eq!(Deprecation::find(&[OLD], "GET", "/new"), None);
    }

    #[test]
    fn at_least_six_months_lie_between_deprecation_and_removal() {
        for one in DEPRECATED.iter().chain([&OLD]) {
            assert!(one.sunset.since(one.since) >= 182 * 86_400_000, "{one:?}");
        }
    }
}
