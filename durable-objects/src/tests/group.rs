//! A record with an app and a group or a room of three, for objects in a simulated world.

use campana_core::accounts::audit::{Act, Audit};
use campana_core::accounts::principal::Principal;
use campana_core::chat::command::{Command, Envelope, PostingRules};
use campana_core::chat::policy::{Role, Visibility};
use campana_core::shared::ids::{ConversationId, RoomId, TenantId, UserId};
use campana_core::shared::limits::Limits;
use campana_core::shared::timestamp::Timestamp;
use campana_storage::{Database, Direct, Failing, NewDirect, NewGroup, NewRoom, Sqlite, Statement, Store};
use pollster::block_on;
use serde_json::{Map, Value};
use std::sync::Arc;

/// When the group is created.
pub(crate) const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);
/// The group's id.
pub(crate) const GROUP: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
/// The room's id, whose conversation has the group's id.
const ROOM: &str = "01890a5d-ac96-774b-bcce-b302099a8058";
/// Name of the group's object.
pub(crate) const OBJECT: &str = "demo/01890a5d-ac96-774b-bcce-b302099a8057";
pub(crate) const MEMBERS: [&str; 3] = ["ana", "bo", "cy"];
/// Secret of the app, whose key is `demo`.
pub(crate) const SECRET: &str = "s";

pub(crate) fn principal(user: &str) -> Principal {
    Principal {
        tenant: TenantId::trusted("demo"),
        user_id: UserId::trusted(user),
        name: user.to_owned(),
        avatar: None,
        admin: false,
        permissions: Vec::new(),
        groups: Vec::new(),
        issued_at_ms: None,
        signed_with: campana_core::accounts::revocation::SigningKey::Unknown,
        expires_at_ms: START.plus_millis(365 * 24 * 3_600_000).millis(),
    }
}

/// The record, and a handle that makes it fail.
pub(crate) fn record() -> (Store, Arc<Failing>) {
    let (store, record) = people();
    let group = NewGroup {
        id: ConversationId::trusted(GROUP),
        tenant: TenantId::trusted("demo"),
        me: UserId::trusted(MEMBERS[0]),
        others: MEMBERS[1..].iter().map(|user| UserId::trusted(*user)).collect(),
        metadata: Map::new(),
        report_id: None,
        now: START,
    };
    block_on(store.create_group(group)).expect("the group is created");
    (store, record)
}

/// [`record`] with a public room in place of the group.
pub(crate) fn record_of_room() -> (Store, Arc<Failing>) {
    let (store, record) = people();
    let audit = Audit::new(&principal(MEMBERS[0]), Act::RoomCreated, ROOM, Value::Null, START, [0; 10]);
    let owner = (UserId::trusted(MEMBERS[0]), Role::Owner);
    let others = MEMBERS[1..].iter().map(|user| (UserId::trusted(*user), Role::Member));
    let room = NewRoom {
        room_id: RoomId::trusted(ROOM),
        conversation_id: ConversationId::trusted(GROUP),
        tenant: TenantId::trusted("demo"),
        name: "Lobby".to_owned(),
        description: String::new(),
        visibility: Visibility::Public,
        posting: PostingRules::default(),
        created_by: UserId::trusted(MEMBERS[0]),
        members: std::iter::once(owner).chain(others).collect(),
        audit,
        now: START,
    };
    block_on(store.create_room(room)).expect("the room is created");
    (store, record)
}

/// [`record`] with the direct conversation of the first two in place of the group.
pub(crate) fn record_of_dm() -> (Store, Arc<Failing>) {
    let (store, record) = people();
    let (id, tenant) = (ConversationId::trusted(GROUP), TenantId::trusted("demo"));
    let (me, other) = (UserId::trusted(MEMBERS[0]), UserId::trusted(MEMBERS[1]));
    let new = NewDirect { id: &id, tenant: &tenant, me: &me, other: &other, per_hour: None, now: START };
    let made = block_on(store.first_or_create_dm(&new)).expect("the conversation is created");
    assert!(matches!(made, Direct::Created(_)));
    (store, record)
}

/// A record with an app and its users.
fn people() -> (Store, Arc<Failing>) {
    const ADD_APP: &str = "INSERT INTO apps (id, tenant_id, key, secret, created_at) VALUES (?1, ?1, ?1, ?2, 1)";
    let sqlite: Arc<dyn Database> = Arc::new(Sqlite::new().expect("a database"));
    let record = Arc::new(Failing::new(sqlite));
    let store = Store::new(Arc::clone(&record) as _);
    block_on(record.query(Statement::unnamed(ADD_APP, ["demo".into(), SECRET.into()]))).expect("the app is added");
    for user in MEMBERS {
        block_on(store.record_user(&principal(user), START)).expect("the user is recorded");
    }
    (store, record)
}

/// JSON of a member's command.
pub(crate) fn command(user: &str, command: Command) -> Vec<u8> {
    envelope(principal(user), command)
}

/// JSON of a command of an identity.
pub(crate) fn envelope(principal: Principal, command: Command) -> Vec<u8> {
    let envelope = Envelope {
        conversation_id: ConversationId::trusted(GROUP),
        principal,
        limits: Limits::default(),
        origin_client_id: None,
        origin_socket: None,
        request_id: None,
        command,
    };
    serde_json::to_vec(&envelope).expect("JSON")
}
