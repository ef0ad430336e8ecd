//! The `AsyncAPI` document: sockets, the event stream and webhooks, from the point of view of the server.
//!
//! Channels, operations and examples are written here; payloads refer to schemas that are generated from the Rust types.
//! `scripts/generate` writes it to `schema/api/asyncapi.json`.

mod close_codes;
mod conversation;
mod dashboard;
mod events;
mod own_channel;
mod parts;
mod pusher;
mod pusher_events;
mod schemas;
mod types;
mod webhooks;

use schemas::Schemas;
use serde_json::{Map, Value, json};

/// The whole document, version 3.0.0 of the specification.
pub fn asyncapi() -> Value {
    let mut schemas = Schemas::generate();
    let (mut channels, mut operations, mut messages) = (Map::new(), Map::new(), Map::new());
    let sections = [
        conversation::describe(),
        own_channel::describe(),
        dashboard::describe(),
        pusher::describe(),
        webhooks::describe(),
    ];
    for section in sections {
        channels.extend(section.channels);
        operations.extend(section.operations);
        for message in section.messages {
            let schema = match &message.tag {
                Some((field, value)) => schemas.narrowed(&message.schema, field, value, &message.key),
                None => message.schema.clone(),
            };
            let component = message.component(&schema);
            messages.insert(message.key, component);
        }
    }
    json!({
        "asyncapi": "3.0.0",
        "info": info(),
        "defaultContentType": "application/json",
        "servers": servers(),
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": messages,
            "schemas": schemas.into_components(),
            "securitySchemes": security_schemes(),
            "parameters": parameters(),
            "channelBindings": channel_bindings(),
        },
    })
}

fn info() -> Value {
    json!({
        "title": "Campana",
        "version": env!("CARGO_PKG_VERSION"),
        "description": "What Campana sends and receives over sockets, event streams and webhooks. The application of this \
            document is the server: it *sends* what clients and receivers of webhooks get, and *receives* what clients \
            send. Written by scripts/generate from the Rust types; do not edit.",
        "license": {"name": "MIT"},
        "tags": [{"name": "chat"}, {"name": "presence"}, {"name": "alerts"}, {"name": "pusher"}],
    })
}

fn servers() -> Value {
    let host = json!({"default": "campana.example", "description": "The deployment's host."});
    let port = json!({"default": "8787", "description": "The port that `scripts/dev` was started with."});
    let server = |protocol: &str, description: &str| json!({"host": "{host}", "protocol": protocol, "description": description, "variables": {"host": host}});
    let local = |protocol: &str, description: &str| {
        json!({
            "host": "localhost:{port}", "protocol": protocol, "description": description, "variables": {"port": port},
        })
    };
    json!({
        "sockets": server("wss", "Native sockets and Pusher clients."),
        "http": server("https", "Server-sent events."),
        "localSockets": local("ws", "Sockets of the local edge."),
        "localHttp": local("http", "Server-sent events of the local edge."),
        "receiver": {
            "host": "{receiver}",
            "protocol": "https",
            "description": "A receiver of webhooks: the app's backend, or a service for alerts. Only public addresses.",
            "variables": {"receiver": {"default": "acme.example", "description": "The host of the webhook's URL."}},
        },
    })
}

fn security_schemes() -> Value {
    json!({
        "token": {
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "A JWT with the claims `sub`, `name`, `tenant` and `exp`, signed with the app's secret (HS256) or a \
                key of its JWKS (RS256, ES256).",
        },
        "subprotocolToken": {
            "type": "httpApiKey", "in": "header", "name": "Sec-WebSocket-Protocol",
            "description": "The same token as a subprotocol, for browsers: `campana.v1, bearer.<JWT>`.",
        },
        "ticket": {
            "type": "httpApiKey", "in": "query", "name": "ticket",
            "description": "A ticket of `POST /api/me/ticket`, valid once and for 30 s.",
        },
        "appSignature": {
            "type": "httpApiKey", "in": "header", "name": "x-pusher-signature",
            "description": "HMAC-SHA256 of the body with the app's secret, in hexadecimal; `x-pusher-key` names the app.",
        },
        "alertSignature": {
            "type": "httpApiKey", "in": "header", "name": "webhook-signature",
            "description": "Signatures of Standard Webhooks with the endpoint's secret, `whsec_` and 32 bytes in base64.",
        },
    })
}

fn parameters() -> Value {
    json!({
        "conversation_id": {"description": "The conversation.", "examples": [events::CONVERSATION]},
        "key": {"description": "The app's key. It is public; signatures prove what needs a proof.", "examples": ["demo-key"]},
        "path": {"description": "Path of the webhook's URL.", "examples": ["hooks/campana"]},
    })
}

fn channel_bindings() -> Value {
    json!({
        "nativeSocket": {"ws": {
            "method": "GET",
            "query": {"$ref": "#/components/schemas/ConnectParams"},
            "headers": {"$ref": "#/components/schemas/SocketHeaders"},
            "bindingVersion": "0.1.0",
        }},
        "pusherSocket": {"ws": {
            "method": "GET",
            "query": {"$ref": "#/components/schemas/PusherParams"},
            "bindingVersion": "0.1.0",
        }},
    })
}

#[cfg(test)]
mod tests;
