//! The demo page: what `cargo xtask web` built, embedded in the program and served.

use std::borrow::Cow;

use axum::{
    Router,
    body::Body,
    extract::Path,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};

/// What the page may do: its own scripts and styles, no inline ones; a signaling server anywhere, because the
/// operator may advertise another name than the page's; and the client's workers, which it makes from blobs.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
     media-src 'self' blob:; worker-src blob:; connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'";

/// Documents change with the program; they are asked for again each time.
const FRESH: &str = "no-cache";
/// The name of an asset carries a hash of its content, so a copy is good for ever; a year is the longest
/// time that caches honour (RFC 9111 section 5.3 has no longer one).
const FOREVER: &str = "public, max-age=31536000, immutable";

/// Answers for the page: its start, a meeting's link, its assets and the licences of what it is made of.
pub(crate) fn routes() -> Router {
    Router::new()
        .route("/", get(async || document("index.html")))
        .route("/m/{code}", get(async || document("index.html")))
        .route("/licenses", get(async || document("licenses.html")))
        .route("/assets/{name}", get(asset))
}

async fn asset(Path(name): Path<String>) -> Response {
    respond(&format!("assets/{name}"), FOREVER)
}

fn document(name: &str) -> Response {
    respond(name, FRESH)
}

fn respond(path: &str, caching: &'static str) -> Response {
    let Some(content) = embedded(path) else {
        return (StatusCode::NOT_FOUND, "there is no such page\n").into_response();
    };
    let headers: [(HeaderName, HeaderValue); 6] = [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type(path))),
        (header::CACHE_CONTROL, HeaderValue::from_static(caching)),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_POLICY)),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (
            HeaderName::from_static("permissions-policy"),
            HeaderValue::from_static("camera=(self), microphone=(self), display-capture=(self)"),
        ),
    ];
    (headers, Body::from(content.into_owned())).into_response()
}

/// Types of the few kinds of file that the page's build makes.
fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

#[cfg(feature = "web")]
#[derive(rust_embed::Embed)]
#[folder = "web/dist"]
struct Dist;

#[cfg(feature = "web")]
fn embedded(path: &str) -> Option<Cow<'static, [u8]>> {
    Dist::get(path).map(|file| file.data)
}

/// A program without the page says how to get one that has it.
#[cfg(not(feature = "web"))]
fn embedded(path: &str) -> Option<Cow<'static, [u8]>> {
    const HINT: &str = "<!doctype html><html lang=\"en\"><title>Carillon</title>\
        <p>This program was built without its demo page. <code>cargo xtask web</code> and then a build with \
        <code>--features web</code> add it. The API, signaling and media work all the same.</p></html>\n";
    (path == "index.html").then_some(Cow::Borrowed(HINT.as_bytes()))
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    async fn text(response: Response) -> String {
        let bytes = to_bytes(response.into_body(), 1 << 24).await.unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn start_is_a_page_that_no_cache_keeps() {
        let response = document("index.html");
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
        assert_eq!(response.headers()[header::CACHE_CONTROL], FRESH);
        assert!(text(response).await.contains("<title>Carillon</title>"));
    }

    #[test]
    fn no_path_leads_out_of_the_page() {
        for path in
            ["assets/../../Cargo.toml", "assets//etc/passwd", "assets/", "assets/main.js", ""]
        {
            assert_eq!(respond(path, FOREVER).status(), StatusCode::NOT_FOUND, "{path:?}");
        }
    }

    #[test]
    fn policy_allows_no_inline_script_and_no_foreign_one() {
        let scripts = CONTENT_POLICY.split(';').find(|rule| rule.trim().starts_with("script-src"));
        assert_eq!(scripts.unwrap().trim(), "script-src 'self'");
    }

    #[cfg(feature = "web")]
    #[tokio::test]
    async fn everything_the_page_names_is_embedded() {
        let page = text(document("index.html")).await;
        let assets: Vec<&str> = page.split('"').filter_map(|word| word.strip_prefix('/')).collect();
        assert!(assets.len() >= 3, "script, style and icon: {assets:?}");
        for asset in assets {
            let response = respond(asset, FOREVER);
            assert_eq!(response.status(), StatusCode::OK, "{asset}");
            assert_ne!(response.headers()[header::CONTENT_TYPE], "application/octet-stream");
        }
        assert!(text(document("licenses.html")).await.contains("amazon-chime-sdk-js"));
    }
}
