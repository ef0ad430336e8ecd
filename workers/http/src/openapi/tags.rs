//! Groups of operations.

use serde_json::{Value, json};

macro_rules! tags {
    ($($(#[$doc:meta])* $tag:ident = $name:literal, $about:literal;)+) => {
        /// Group of an operation.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Tag {
            $($(#[$doc])* $tag,)+
        }

        impl Tag {
            /// Name in the document.
            pub(super) const fn name(self) -> &'static str {
                match self { $(Self::$tag => $name,)+ }
            }
        }

        /// Every group with its description, in the order of the document.
        pub(super) fn all() -> Value {
            json!([$({"name": $name, "description": $about},)+])
        }
    };
}

tags! {
    /// The caller.
    Me = "Me", "The caller: who they are, their tickets and their own channel.";
    /// Conversations.
    Conversations = "Conversations", "The inbox, direct conversations and groups; connections to every conversation.";
    /// Messages.
    Messages = "Messages", "Messages of conversations and rooms, and the general chat.";
    /// Files.
    Files = "Files", "Files that people upload and send.";
    /// Search.
    Search = "Search", "Messages that the caller may read, people and rooms.";
    /// Rooms.
    Rooms = "Rooms", "Rooms, each with its conversation.";
    /// Members.
    Members = "Members", "Members of rooms and conversations, mutes and bans.";
    /// Invites.
    Invites = "Invites", "Invites to rooms, by link or for one user.";
    /// Users.
    Users = "Users", "Users of the tenant.";
    /// Notifications.
    Notifications = "Notifications", "Notifications of the caller: messages, invites, reports, and the application's own.";
    /// Alerts.
    Alerts = "Panic alerts", "Panic alerts, for those who raise them and for guards.";
    /// Push devices.
    Push = "Web Push", "Devices that are paged by Web Push when an alert escalates.";
    /// The web app.
    WebApp = "Web app", "What a web app learns about the app before its user signs in.";
    /// Administration.
    Administration = "Administration", "For administrators of the app: `roles` of their token contains `admin`.";
    /// Documentation.
    Documentation = "Documentation", "Where problems are explained.";
    /// Monitoring.
    Monitoring = "Monitoring", "Health checks, and metrics for monitoring systems.";
    /// Pusher clients.
    PusherClients = "Pusher clients", "The socket of the Pusher protocol, and signatures for its clients.";
    /// Pusher backends.
    PusherBackends = "Pusher backends", "The HTTP API of the Pusher protocol, for the app's backend, which signs its requests.";
    /// The demo.
    Demo = "Demo", "Demo users. These paths exist in the local environment only.";
}
