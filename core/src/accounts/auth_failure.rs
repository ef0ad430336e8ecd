//! Why an authentication failed: the labels by which metrics count failures. They name no app, user or key.

use crate::named;

named! {
    /// Why a token, a ticket or a signature is not accepted.
    pub enum AuthFailure {
        /// The request has neither a token nor a ticket.
        MissingToken = "missing_token",
        /// The token cannot be read, lacks a claim, or has an unsupported algorithm.
        MalformedToken = "malformed_token",
        /// There is no such tenant, app id or app key.
        UnknownApp = "unknown_app",
        /// The app is disabled.
        DisabledApp = "disabled_app",
        /// The app still has the public demo secret, in production.
        DemoSecret = "demo_secret",
        /// The app has no key that the token names or needs.
        UnknownKey = "unknown_key",
        /// The app's published keys cannot be fetched.
        KeysUnavailable = "keys_unavailable",
        /// The token's signature does not fit.
        BadSignature = "bad_signature",
        /// The token has expired.
        Expired = "expired",
        /// The token is not valid yet.
        NotYetValid = "not_yet_valid",
        /// The token has another issuer than the app requires.
        WrongIssuer = "wrong_issuer",
        /// The token is for another audience than the app requires.
        WrongAudience = "wrong_audience",
        /// The token's life is longer than the app allows.
        LifeTooLong = "life_too_long",
        /// The identity was revoked.
        Revoked = "revoked",
        /// The ticket is unknown, used or too old.
        BadTicket = "bad_ticket",
        /// The signature of a backend's request does not fit.
        BadRequestSignature = "bad_request_signature",
        /// The time of a backend's signed request is too far from the time here.
        StaleTimestamp = "stale_timestamp",
        /// The signature of a subscription or sign-in of a Pusher client does not fit.
        BadChannelSignature = "bad_channel_signature",
        /// The client's address has failed too often.
        RateLimited = "rate_limited",
    }
}
