//! What handlers' arguments read from a request, by their types: parameters, bodies, authentication, and the refusals that
//! parsing can give.

use super::parameters::RequestHeader;
use super::{Operation, Security};
use crate::App;
use crate::identity::{Caller, ConnectParams, Connecting, FileReader, ScannerReader, Urgent};
use crate::request::{Body, Creation, Empty, OptionalBody, Query, Segment, Segments};
use crate::response::{Exchange, Refusal};
use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, Uri};
use campana_core::shared::problem::Kind;
use schemars::JsonSchema;

/// An argument of a handler.
pub(crate) trait Input {
    /// Describes what it reads.
    fn describe(operation: &mut Operation<'_>);
}

/// A handler whose arguments `A` can be described.
pub(crate) trait Inputs<A> {
    /// Describes what all arguments read.
    fn describe(operation: &mut Operation<'_>);
}

macro_rules! inputs {
    ($($argument:ident),*) => {
        impl<F, R, $($argument: Input),*> Inputs<($($argument,)*)> for F
        where
            F: Fn($($argument),*) -> R,
        {
            fn describe(_operation: &mut Operation<'_>) {
                $($argument::describe(_operation);)*
            }
        }
    };
}

inputs!();
inputs!(A);
inputs!(A, B);
inputs!(A, B, C);
inputs!(A, B, C, D);
inputs!(A, B, C, D, E);

macro_rules! nothing {
    ($($argument:ty),+) => {$(
        impl Input for $argument {
            fn describe(_: &mut Operation<'_>) {}
        }
    )+};
}

// What a handler reads of these is its own to describe.
nothing!(State<App>, HeaderMap, Uri, Request, Option<Extension<Exchange>>);

impl Input for Caller {
    fn describe(operation: &mut Operation<'_>) {
        operation
            .by(Security::User)
            .refuses(&[Kind::Unauthenticated, Kind::TokenExpired, Kind::Forbidden, Kind::RateLimited])
            .refuses(&[Kind::Internal, Kind::Unavailable]);
    }
}

/// A caller, or the bearer of a signed link.
impl Input for FileReader {
    fn describe(operation: &mut Operation<'_>) {
        Caller::describe(operation);
        operation.by(Security::FileReader);
    }
}

impl Input for ScannerReader {
    fn describe(operation: &mut Operation<'_>) {
        operation.by(Security::Scanner).refuses(&[Kind::Unauthenticated, Kind::Forbidden, Kind::RateLimited]);
    }
}

/// Requests about alerts count towards rate limits, but these do not refuse them.
impl Input for Urgent {
    fn describe(operation: &mut Operation<'_>) {
        operation
            .by(Security::User)
            .refuses(&[Kind::Unauthenticated, Kind::TokenExpired, Kind::Forbidden])
            .refuses(&[Kind::Internal, Kind::Unavailable]);
    }
}

impl<const EVENTS: bool, const WATCHES: bool> Input for Connecting<EVENTS, WATCHES> {
    fn describe(operation: &mut Operation<'_>) {
        let security = match (EVENTS, WATCHES) {
            (true, _) => Security::Stream,
            (false, true) => Security::GuardSocket,
            (false, false) => Security::Socket,
        };
        operation
            .by(security)
            .query::<ConnectParams>()
            .refuses(&[Kind::Unauthenticated, Kind::TokenExpired, Kind::Forbidden, Kind::RateLimited])
            .refuses(&[Kind::Malformed, Kind::Invalid, Kind::TooManySockets, Kind::Internal, Kind::Unavailable]);
        if EVENTS {
            operation.header(RequestHeader::LastEventId);
        } else {
            operation.upgrades();
        }
    }
}

fn takes<T: JsonSchema>(operation: &mut Operation<'_>, is_required: bool) {
    operation.body::<T>(is_required).refuses(&[
        Kind::Malformed,
        Kind::TooLarge,
        Kind::UnsupportedMediaType,
        Kind::Invalid,
    ]);
}

impl<T: JsonSchema> Input for Body<T> {
    fn describe(operation: &mut Operation<'_>) {
        takes::<T>(operation, true);
    }
}

impl<T: JsonSchema> Input for OptionalBody<T> {
    fn describe(operation: &mut Operation<'_>) {
        takes::<T>(operation, false);
        if T::schema_id() == Empty::schema_id() {
            operation.sends(serde_json::json!({}));
        }
    }
}

impl<T: JsonSchema> Input for Creation<T> {
    fn describe(operation: &mut Operation<'_>) {
        takes::<T>(operation, true);
        operation.header(RequestHeader::IdempotencyKey).replays().refuses(&[Kind::InProgress, Kind::KeyReused]);
    }
}

impl<T: JsonSchema> Input for Query<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.query::<T>().refuses(&[Kind::Malformed, Kind::Invalid]);
    }
}

impl<T: JsonSchema> Input for Segment<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.path::<T>().refuses(&[Kind::NotFound]);
    }
}

impl<A: JsonSchema, B: JsonSchema> Input for Segments<A, B> {
    fn describe(operation: &mut Operation<'_>) {
        operation.path::<A>().path::<B>().refuses(&[Kind::NotFound]);
    }
}

impl<T: JsonSchema> Input for Result<Segment<T>, Refusal> {
    fn describe(operation: &mut Operation<'_>) {
        Segment::<T>::describe(operation);
    }
}

impl Input for Result<Path<String>, PathRejection> {
    fn describe(operation: &mut Operation<'_>) {
        operation.path::<String>();
    }
}
