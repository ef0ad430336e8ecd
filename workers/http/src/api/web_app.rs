//! The web app: its page at the page's own routes, and its files, among them the documentation (`web/scripts/docs`). Every other
//! path is a 404 problem, so that a wrong address of an API or a health check never looks like a success.

use crate::App;
use crate::ports::FileRequest;
use crate::response::{OfWebApp, Outcome, absent, wrong_method};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use campana_core::shared::problem::Problem;
use std::borrow::Cow;

/// Routes of the page, which reads the address itself (`web/src/app/route.ts`). `scripts/lib/dev-web.mjs` has the same.
const ROUTES: [&str; 5] = ["/", "/security", "/security/", "/invite/{token}", "/invite/{token}/"];
/// File of the page.
const PAGE: &str = "/index.html";
/// Start page of the documentation. Its other pages are below.
const DOCS: &str = "/docs";
/// End of a page's file name. No address of a page has it.
const HTML: &str = ".html";
/// Folder of files whose names contain a hash of their content.
const HASHED: &str = "/assets/";
/// Longest path that is looked up, bytes.
const MAX_PATH_BYTES: usize = 256;

pub(super) fn routes() -> Router<App> {
    ROUTES.iter().fold(Router::new(), |router, route| router.route(route, get(page)))
}

async fn page(State(app): State<App>, method: Method, headers: HeaderMap) -> Outcome {
    match find(&app, PAGE, &method, &headers).await? {
        Some(response) => Ok(response),
        None => Err(absent().await),
    }
}

/// Answers a path without a route: a file of the web app, or 404.
pub(crate) async fn file(State(app): State<App>, method: Method, uri: Uri, headers: HeaderMap) -> Outcome {
    let path = uri.path();
    if !is_file_name(path) {
        return Err(absent().await);
    }
    let path = &*file_of(path);
    let is_read = [Method::GET, Method::HEAD].contains(&method);
    let asked = if is_read { &method } else { &Method::HEAD };
    match find(&app, path, asked, &headers).await? {
        Some(response) if is_read => Ok(response),
        Some(_) => Ok(read_only().await),
        None => Err(absent().await),
    }
}

/// The file at a path: a page of the documentation has its name without the extension as its address.
fn file_of(path: &str) -> Cow<'_, str> {
    let Some(page) = path.strip_prefix(DOCS) else { return path.into() };
    let is_below = page.is_empty() || page.starts_with('/');
    let page = page.strip_suffix('/').unwrap_or(page);
    if is_below && !page.contains('.') { format!("{DOCS}{page}{HTML}").into() } else { path.into() }
}

/// Whether a file can have this path. Others are not looked up. A page has its address instead of its file name.
fn is_file_name(path: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte);
    !path.ends_with(HTML) && path.len() <= MAX_PATH_BYTES && path.bytes().all(is_plain)
}

async fn find(app: &App, path: &str, method: &Method, headers: &HeaderMap) -> Result<Option<Response>, Problem> {
    let if_none_match = headers.get(header::IF_NONE_MATCH).and_then(|tag| tag.to_str().ok());
    let Some(mut response) = app.files().get(FileRequest { path, method, if_none_match }).await? else {
        return Ok(None);
    };
    response.extensions_mut().insert(OfWebApp);
    if path.starts_with(HASHED) {
        let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
        response.headers_mut().insert(header::CACHE_CONTROL, forever);
    }
    Ok(Some(response))
}

async fn read_only() -> Response {
    let mut response = wrong_method().await.into_response();
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET,HEAD"));
    response
}

#[cfg(test)]
mod tests {
    use crate::testing::World;

    #[test]
    fn the_page_is_served_at_its_own_routes_only() {
        let world = World::new();
        for route in ["/", "/?as=7", "/security", "/security/", "/invite/abc", "/invite/abc/", "/invite/a%2Fb"] {
            let reply = world.get(route).send();
            assert_eq!((reply.status.as_u16(), reply.text.as_str()), (200, "<!doctype html>"), "{route}");
            assert_eq!(reply.header("content-type"), "text/html; charset=utf-8", "{route}");
        }
        for elsewhere in [
            "/index.html",
            "/invite",
            "/invite/",
            "/invite/a/b",
            "/security/x",
            "/secret",
            "//",
            "/up/",
            "/healthz/",
            "/api",
        ] {
            world.get(elsewhere).refused(404, "not-found");
        }
        let asked = world.files.asked();
        assert!(!asked.iter().any(|path| path.contains("abc")), "the token of an invite is not passed on");
    }

    #[test]
    fn files_are_served_and_hashed_ones_are_immutable() {
        let world = World::new();
        let script = world.get("/assets/index-1a2b.js").status_of(200);
        assert_eq!(script.header("cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(world.get("/bell.svg").status_of(200).header("cache-control"), "public, max-age=0, must-revalidate");
        let known = world.get("/bell.svg").header("if-none-match", "\"tag\"").status_of(304);
        assert_eq!((known.text.as_str(), known.header("etag").as_str()), ("", "\"tag\""));
        let missing = world.get("/assets/index-0000.js").send();
        assert_eq!((missing.status.as_u16(), missing.header("cache-control").as_str()), (404, "no-store"));
    }

    #[test]
    fn pages_of_the_documentation_have_addresses_without_an_extension() {
        let world = World::new();
        for (path, text) in [
            ("/docs", "start"),
            ("/docs/", "start"),
            ("/docs/security", "guide"),
            ("/docs/security/", "guide"),
            ("/docs/api/rooms?q=1", "rooms"),
        ] {
            let page = world.get(path).status_of(200);
            assert_eq!(page.text, text, "{path}");
            assert_eq!(page.header("content-type"), "text/html; charset=utf-8", "{path}");
            assert_eq!(page.header("cache-control"), "public, max-age=0, must-revalidate", "{path}");
            assert!(page.header("content-security-policy").contains("script-src 'self'"), "{path}");
        }
        let document = world.get("/docs/openapi.json").status_of(200);
        assert_eq!((document.text.as_str(), document.header("etag").as_str()), ("{}", "\"tag\""));
        for elsewhere in [
            "/docs.html",
            "/docs/security.html",
            "/docs//",
            "/docs/nothing",
            "/docs/api",
            "/docs/nothing.json",
            "/docsecurity",
            "/docs/..",
            "/docs/security%2e",
        ] {
            world.get(elsewhere).refused(404, "not-found");
        }
        world.call("POST", "/docs/security").status_of(405);
    }

    #[test]
    fn other_methods_than_reads_are_refused() {
        let world = World::new();
        assert_eq!(world.call("HEAD", "/").status_of(200).text, "");
        assert_eq!(world.call("HEAD", "/bell.svg").status_of(200).text, "");
        assert_eq!(world.call("HEAD", "/nothing").send().status, 404);
        for path in ["/", "/security", "/bell.svg", "/up"] {
            for method in ["POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"] {
                let reply = world.call(method, path).status_of(405);
                assert_eq!(reply.header("allow"), "GET,HEAD", "{method} {path}");
            }
        }
        world.call("POST", "/nothing").refused(404, "not-found");
    }

    #[test]
    fn odd_paths_are_not_looked_up() {
        let world = World::new();
        let long = format!("/{}", "x".repeat(256));
        for odd in
            [long.as_str(), "/bell.svg%00", "/%2e%2e/bell.svg", "/assets%2Findex.js", "/%ff", "/a;b", "/a:b", "/*"]
        {
            world.get(odd).refused(404, "not-found");
        }
        assert_eq!(world.files.asked(), Vec::<String>::new());
    }

    #[test]
    fn without_the_web_app_its_routes_are_absent() {
        let world = World::new();
        world.files.remove_all();
        for path in ["/", "/security", "/invite/abc", "/bell.svg"] {
            world.get(path).refused(404, "not-found");
        }
        assert_eq!(world.get("/up").status(200), serde_json::json!({"health": "OK"}));
    }
}
