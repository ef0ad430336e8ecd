//! `GET /api/config?app=KEY`: what a web app learns about the app of its public key, before its user signs in. Needs no token.
//!
//! The answer has what everyone may know, and no secret and no id. An app that accepts nobody looks like one that does not
//! exist. Requests count towards the caller's address, like failed authentications.

use super::demo;
use crate::App;
use crate::identity::open_app;
use crate::request::Query;
use crate::response::{Exchange, Outcome, ok};
use axum::Extension;
use axum::extract::State;
use campana_core::shared::problem::Problem;
use campana_storage::App as AppRecord;
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfigParams {
    /// Public key of the app.
    app: String,
}

/// What a web app may know of its app.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct WebConfig<'a> {
    /// Name of the app for people. `null` if the app has not set one.
    name: Option<&'a str>,
    /// Public key of the app.
    key: &'a str,
    /// Languages of the web app, as BCP 47 tags; the first is preferred.
    languages: &'a [String],
    /// Where people sign in. `null` if the app gives its users tokens in another way.
    sign_in: Option<WebSignIn<'a>>,
    /// What the app and the deployment have.
    features: WebFeatures,
}

/// A client of an OIDC provider.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct WebSignIn<'a> {
    /// Issuer of the provider: an address that begins with `https://`.
    oidc_issuer: &'a str,
    /// Id of the web app at the provider.
    oidc_client_id: &'a str,
}

/// What the settings of the app and the configuration of the deployment decide.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
struct WebFeatures {
    /// Whether Pusher clients may publish on private and presence channels: the setting `pusher.client_events`.
    client_events: bool,
    /// Whether `POST /api/demo/token` gives tokens to demo users of this app: for the demo app in the local environment.
    demo_sign_in: bool,
    /// Whether the public channel `chat` carries the general room: the setting `pusher.public_chat`.
    public_chat: bool,
    /// Whether subscribers of a channel receive the number of its subscribers: the setting `pusher.subscription_counts`.
    subscription_counts: bool,
    /// Whether Pusher clients have to sign in: the setting `pusher.signin_timeout_s` is set.
    user_authentication: bool,
    /// Whether devices can subscribe to Web Push: the deployment has a key for it.
    web_push: bool,
}

pub(crate) async fn handle(
    State(app): State<App>,
    Query(params): Query<ConfigParams>,
    exchange: Option<Extension<Exchange>>,
) -> Outcome {
    let exchange = exchange.map(|Extension(exchange)| exchange).unwrap_or_default();
    let record = open_app(&app, &params.app, &exchange).await?.ok_or_else(Problem::not_found)?;
    exchange.names(&record);
    ok(&WebConfig::of(&app, &record))
}

impl<'a> WebConfig<'a> {
    fn of(app: &App, record: &'a AppRecord) -> Self {
        let web = &record.web;
        Self {
            name: web.name.as_deref(),
            key: &record.key,
            languages: &web.languages,
            sign_in: web.oidc().map(|(oidc_issuer, oidc_client_id)| WebSignIn { oidc_issuer, oidc_client_id }),
            features: WebFeatures::of(app, record),
        }
    }
}

impl WebFeatures {
    fn of(app: &App, record: &AppRecord) -> Self {
        Self {
            client_events: record.pusher.client_events,
            demo_sign_in: demo::signs_in(app, &record.tenant_id),
            public_chat: record.pusher.public_chat,
            subscription_counts: record.pusher.subscription_counts,
            user_authentication: record.pusher.signin_timeout_s.is_some(),
            web_push: app.push_key().is_some(),
        }
    }
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    use campana_core::shared::problem::Kind;
    use serde_json::json;
    operation
        .named("getWebConfig", Tag::WebApp, "Get what a web app needs before its user signs in")
        .about("Needs no token. The answer has no secret, so it may be shown to everyone who has the app's public key.")
        .about("A disabled app is answered like an unknown key: 404.")
        .refuses(&[Kind::NotFound, Kind::RateLimited, Kind::Internal, Kind::Unavailable])
        .answers::<WebConfig<'_>>(
            200,
            "The configuration.",
            json!({
                "name": "Demo",
                "key": "demo-key",
                "languages": ["en", "es"],
                "sign_in": {"oidc_issuer": "https://id.example.com", "oidc_client_id": "campana-web"},
                "features": {
                    "client_events": true,
                    "demo_sign_in": false,
                    "public_chat": true,
                    "subscription_counts": false,
                    "user_authentication": false,
                    "web_push": true,
                },
            }),
        );
}
