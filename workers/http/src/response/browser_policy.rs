//! Headers that restrict what browsers do with a response. Every response has them: files, answers, problems.

use axum::http::uri::{Authority, Scheme};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, Uri, header};

/// Policy of everything that is not part of the web app: as a document it may do nothing.
const NOTHING: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// Policy of uploaded files: the same, in an origin of its own.
const SANDBOX: &str = "sandbox; default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// Policy of the web app, without the addresses of sockets. Scripts and styles are files of the app: none is inline. Avatars
/// come from any HTTPS address, audio and video that people upload from the app's own. Forms are sent by scripts only. No page
/// may embed the app.
const WEB_APP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https:; media-src 'self'; \
                       worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
                       connect-src 'self'";
/// The location goes with a panic alert. Vibration and notifications, which the app uses too, are not governed by this
/// header. The other features are off, for the app and for what it might embed.
const FEATURES: &str = "geolocation=(self), accelerometer=(), camera=(), display-capture=(), gyroscope=(), hid=(), \
                        magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=()";
/// One year, for this host only: other hosts of its domain are not ours to decide about.
const ONLY_HTTPS: &str = "max-age=31536000";
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// Marks a response that is the web app's page or one of its files.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OfWebApp;

/// Marks a response with the bytes of an uploaded file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OfFile;

/// Whose content a response has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The API's: answers and problems.
    Api,
    /// The web app's page or files.
    WebApp,
    /// A person's, who uploaded it: a browser that shows it must not run it, nor give it the origin's rights.
    Upload,
}

impl Origin {
    /// Reads and removes the mark of a response.
    pub(super) fn of(extensions: &mut Extensions) -> Self {
        if extensions.remove::<OfWebApp>().is_some() {
            Self::WebApp
        } else if extensions.remove::<OfFile>().is_some() {
            Self::Upload
        } else {
            Self::Api
        }
    }
}

/// The part of a request's address that the headers depend on.
#[derive(Debug, Default)]
pub(super) struct Place {
    is_https: bool,
    host: Option<String>,
}

impl Place {
    pub(super) fn of(address: &Uri) -> Self {
        let host = address.authority().map(Authority::as_str).filter(|host| is_source(host));
        Self { is_https: address.scheme() == Some(&Scheme::HTTPS), host: host.map(str::to_owned) }
    }

    /// Sets the headers of a response.
    pub(super) fn protect(&self, headers: &mut HeaderMap, origin: Origin) {
        headers.insert(header::CONTENT_SECURITY_POLICY, self.policy(origin));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        // The address of a page can contain the token of an invite.
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        // For browsers that do not know `frame-ancestors`.
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        headers.insert(PERMISSIONS_POLICY, HeaderValue::from_static(FEATURES));
        if self.is_https {
            headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(ONLY_HTTPS));
        }
    }

    fn policy(&self, origin: Origin) -> HeaderValue {
        match origin {
            Origin::Api => return HeaderValue::from_static(NOTHING),
            Origin::Upload => return HeaderValue::from_static(SANDBOX),
            Origin::WebApp => {}
        }
        // Not every browser's 'self' includes sockets to the page's host.
        let scheme = if self.is_https { "wss" } else { "ws" };
        let policy = self.host.as_ref().map(|host| format!("{WEB_APP} {scheme}://{host}"));
        policy.and_then(|policy| HeaderValue::try_from(policy).ok()).unwrap_or(HeaderValue::from_static(WEB_APP))
    }
}

/// Whether the host can be a source in a policy: other characters could end the directive.
fn is_source(host: &str) -> bool {
    host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.:[]".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::World;

    fn headers(address: &'static str, origin: Origin) -> HeaderMap {
        let mut headers = HeaderMap::new();
        Place::of(&Uri::from_static(address)).protect(&mut headers, origin);
        headers
    }

    fn policy(address: &'static str) -> String {
        let headers = headers(address, Origin::WebApp);
        headers[header::CONTENT_SECURITY_POLICY].to_str().expect("text").to_owned()
    }

    #[test]
    fn the_web_app_connects_to_its_own_host_only() {
        assert!(policy("https://chat.example/").ends_with("; connect-src 'self' wss://chat.example"));
        assert!(policy("http://localhost:8787/x").ends_with("; connect-src 'self' ws://localhost:8787"));
        assert!(policy("http://[::1]:8787/").ends_with("; connect-src 'self' ws://[::1]:8787"));
        for odd in ["/", "http://a;script-src*/", "http://user@chat.example/"] {
            assert!(policy(odd).ends_with("; connect-src 'self'"), "{odd}");
        }
    }

    #[test]
    fn no_policy_allows_inline_code() {
        for policy in [NOTHING, SANDBOX, WEB_APP] {
            assert!(!policy.contains("unsafe") && !policy.contains("data:") && !policy.contains('*'), "{policy}");
            assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
        }
    }

    #[test]
    fn https_is_pinned_over_https_only() {
        let pin = |address| headers(address, Origin::Api).get(header::STRICT_TRANSPORT_SECURITY).cloned();
        assert_eq!(pin("https://chat.example/"), Some(HeaderValue::from_static("max-age=31536000")));
        assert_eq!(pin("http://chat.example/"), None);
    }

    #[test]
    fn every_response_is_protected() {
        let world = World::new();
        let calls = [
            (world.get("/"), 200),
            (world.get("/bell.svg"), 200),
            (world.get("/up"), 200),
            (world.get("/api/me").by("7"), 200),
            (world.get("/api/me"), 401),
            (world.get("/nothing"), 404),
            (world.call("PATCH", "/up"), 405),
            (world.get("/app/demo"), 426),
            (world.backend_gets("/apps/demo/nothing"), 404),
            (
                world
                    .call("OPTIONS", "/")
                    .header("origin", "https://a.example")
                    .header("access-control-request-method", "GET"),
                204,
            ),
        ];
        for (call, status) in calls {
            let reply = call.at(|path| format!("https://chat.example{path}")).status_of(status);
            let policy = reply.header("content-security-policy");
            assert!(policy.contains("frame-ancestors 'none'"), "{status}: {policy}");
            assert_eq!(policy.contains("script-src"), reply.header("etag") == "\"tag\"", "{status}: {policy}");
            assert_eq!(reply.header("x-content-type-options"), "nosniff");
            assert_eq!(reply.header("referrer-policy"), "no-referrer");
            assert_eq!(reply.header("x-frame-options"), "DENY");
            assert_eq!(reply.header("strict-transport-security"), "max-age=31536000");
            assert!(reply.header("permissions-policy").contains("geolocation=(self)"));
        }
    }
}
