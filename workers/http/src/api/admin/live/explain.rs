//! `GET /api/admin/explain`: why a user receives the events of a channel or a conversation now, or why not.
//!
//! What decides is asked, not copied: the conversation's object by its policy, [`may_listen`] for other channels, the
//! alert desk about a withdrawn permission. The checks come in the order in which an event passes them.

use super::asking::{ask_all, holders};
use super::explained::{Check, Explanation, Link};
use super::held_id::HeldId;
use super::subject::Subject;
use crate::api::admin::only_administrators;
use crate::identity::Caller;
use crate::request::Query;
use crate::response::{Outcome, Refusal, ok, uncached};
use campana_core::accounts::principal::{Principal, VIEW_PANIC_ALERTS};
use campana_core::accounts::quota::Kind as HolderKind;
use campana_core::accounts::revocation::SigningKey;
use campana_core::live::{
    AskStanding, Holder, HoldersOf, LiveAnswer, LiveQuestion, MAX_CHANNELS_SHOWN, Standing, StandingConnection,
};
use campana_core::pusher::access::may_listen;
use campana_core::pusher::link::Target;
use campana_core::shared::backlog::SPARED_BYTES;

use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::timestamp::Timestamp;
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct ExplainQuery {
    /// The user.
    user_id: String,
    /// The channel.
    #[serde(default)]
    channel: Option<String>,
    /// The conversation, instead of a channel.
    #[serde(default)]
    conversation_id: Option<String>,
}

pub(crate) async fn handle(caller: Caller, Query(query): Query<ExplainQuery>) -> Outcome {
    only_administrators(&caller)?;
    let ExplainQuery { user_id, channel, conversation_id } = query;
    let subject = Subject::find(&caller, &user_id, channel, conversation_id).await?;
    let (standings, unanswered) = ask_objects(&caller, &subject).await?;
    let own = Holder::source_of(&subject.target);
    let decided = standings.iter().find(|(source, _)| own.as_ref() == Some(source)).map(|(_, standing)| standing);
    let all: Vec<&StandingConnection> = standings.iter().flat_map(|(_, standing)| &standing.connections).collect();
    let checks = checks(&caller, &subject, decided, &all).await?;
    let position = decided.map(|standing| standing.position.clone()).unwrap_or_default();
    let link = |source: &String, it: &StandingConnection| {
        let is_native = it.is_subscribed && own.as_ref() == Some(source);
        Link {
            id: HeldId::new(source, &it.keyed.key),
            object: source.clone(),
            is_subscribed: it.is_subscribed,
            sent_seq: position.head.filter(|_| is_native),
            confirmed_seq: decided.and_then(|standing| standing.last_read_seq).filter(|_| it.is_subscribed),
            connection: it.keyed.connection.clone(),
        }
    };
    let links = standings.iter().flat_map(|(source, standing)| standing.connections.iter().map(move |it| (source, it)));
    Ok(uncached(ok(&Explanation {
        reason: Explanation::first_failure(&checks),
        checks,
        connections: links.map(|(source, it)| link(source, it)).collect(),
        conversation_id: subject.conversation(),
        channel: subject.channel,
        user_id: subject.user,
        epoch: position.epoch,
        head: position.head,
        unanswered,
    })?))
}

type Standings = (Vec<(String, Standing)>, Vec<String>);

/// Asks the object of the channel, and those where the user has connections.
async fn ask_objects(caller: &Caller, subject: &Subject) -> Result<Standings, Problem> {
    let (mut asked, _) = holders(caller, HoldersOf::User(subject.user.clone()), String::new()).await?;
    let own = Holder::source_of(&subject.target);
    let is_listed = |source: &String| asked.iter().any(|holder| holder.source == *source);
    // An unknown user id must not create an object.
    let may_be_made = !matches!(subject.target, Target::Person(_));
    if let Some(source) = own.clone().filter(|source| may_be_made && !is_listed(source)) {
        let is_conversation = matches!(subject.target, Target::Conversation(_));
        let kind = if is_conversation { HolderKind::Conversation } else { HolderKind::Channel };
        asked.push(Holder { source, kind });
    }
    let question = |holder: &Holder| {
        let is_own = own.as_ref() == Some(&holder.source);
        LiveQuestion::Standing(Box::new(AskStanding {
            app_config: caller.record.app_config(),
            target: is_own.then(|| subject.target.clone()),
            channel: subject.channel.clone(),
            user: subject.user.clone(),
            limit: MAX_CHANNELS_SHOWN,
        }))
    };
    let (mut standings, mut unanswered) = (Vec::new(), Vec::new());
    for (holder, answer) in ask_all(caller, asked, question).await {
        match answer {
            Ok(LiveAnswer::Standing(standing)) => standings.push((holder.source, *standing)),
            Ok(_) | Err(_) => unanswered.push(holder.source),
        }
    }
    Ok((standings, unanswered))
}

async fn checks(
    caller: &Caller,
    subject: &Subject,
    decided: Option<&Standing>,
    all: &[&StandingConnection],
) -> Result<Vec<Check>, Refusal> {
    let subscribed: Vec<_> = all.iter().filter(|it| it.is_subscribed).collect();
    let connected = match all.len() {
        0 => Check::fails("connected", "not_connected", "The user has no open connection."),
        open => Check::passes("connected", format!("The user has {open} open connections.")),
    };
    let listens = match subscribed.len() {
        0 if all.is_empty() => Check::unknown("subscribed", "The user is not connected."),
        0 => Check::fails("subscribed", "not_subscribed", "None of the user's connections is subscribed here."),
        listening => Check::passes("subscribed", format!("{listening} of them get the events.")),
    };
    let behind = subscribed.iter().filter(|it| it.keyed.connection.unsent_bytes > SPARED_BYTES).count();
    let delivered = match (subscribed.len(), behind) {
        (0, _) => Check::unknown("delivered", "No connection is subscribed."),
        (open, behind) if open == behind => {
            Check::fails("delivered", "not_reading", "The clients do not read what was written to them.")
        }
        _ => Check::passes("delivered", "Everything up to the newest event was written to the connections."),
    };
    Ok(vec![
        if caller.record.disabled {
            Check::fails("app", "app_disabled", "The app is disabled.")
        } else {
            Check::passes("app", "The app is enabled.")
        },
        identity(caller, subject, all).await?,
        sanction(caller, subject, decided).await?,
        access(caller, subject, decided, all),
        connected,
        listens,
        delivered,
    ])
}

/// Whether the user was signed out, and no connection has opened since.
async fn identity(caller: &Caller, subject: &Subject, all: &[&StandingConnection]) -> Result<Check, Refusal> {
    let revocation = caller.store().revocation_of_user(caller.tenant(), &subject.user).await?;
    let Some(revocation) = revocation.filter(|it| it.effective_at <= caller.now()) else {
        return Ok(Check::passes("identity", "The user was not signed out."));
    };
    let before = revocation.before.to_rfc3339();
    let is_back = all.iter().any(|it| it.keyed.connection.since.is_some_and(|since| since >= revocation.before));
    Ok(if is_back {
        Check::passes("identity", format!("The user was signed out at {before} and has connected again since."))
    } else {
        let detail = format!("Identities issued up to {before} are revoked: the client needs a newer token.");
        Check::fails("identity", "signed_out", detail)
    })
}

async fn sanction(caller: &Caller, subject: &Subject, decided: Option<&Standing>) -> Result<Check, Refusal> {
    let Target::Conversation(id) = &subject.target else {
        return Ok(Check::passes("sanction", "Only conversations have bans."));
    };
    let ban = caller.store().ban_in_force(caller.tenant(), id, &subject.user, caller.now()).await?;
    Ok(match (ban, decided.and_then(|standing| standing.muted_until)) {
        (Some(ban), _) => {
            let until = ban.until.map_or_else(|| "it is lifted".to_owned(), Timestamp::to_rfc3339);
            Check::fails("sanction", "banned", format!("The user is banned until {until}."))
        }
        (None, Some(until)) => {
            let detail = format!("The user is muted until {}: they receive, but may not write.", until.to_rfc3339());
            Check::passes("sanction", detail)
        }
        (None, None) => Check::passes("sanction", "The user is neither banned nor muted."),
    })
}

fn access(caller: &Caller, subject: &Subject, decided: Option<&Standing>, all: &[&StandingConnection]) -> Check {
    const NAME: &str = "access";
    if let Target::Conversation(_) = &subject.target {
        return match decided.and_then(|standing| standing.access.as_ref()) {
            Some(Ok(())) => Check::passes(NAME, "The user is a member of the conversation."),
            Some(Err(problem)) if matches!(problem.kind, Kind::NotFound | Kind::Forbidden) => {
                Check::fails(NAME, "not_a_member", "The user is not a member of the conversation.")
            }
            Some(Err(_)) | None => Check::unknown(NAME, "The conversation did not answer."),
        };
    }
    let Some(channel) = &subject.channel else { return Check::unknown(NAME, "No channel is named.") };
    let permissions: Vec<String> = all.iter().flat_map(|it| it.permissions.clone()).collect();
    let principal = Principal {
        tenant: caller.tenant().clone(),
        user_id: subject.user.clone(),
        name: subject.user.to_string(),
        avatar: None,
        admin: false,
        permissions,
        groups: Vec::new(),
        issued_at_ms: None,
        signed_with: SigningKey::Unknown,
        expires_at_ms: i64::MAX,
    };
    if subject.target == Target::AlertDesk {
        return desk_access(&principal, decided, all);
    }
    let is_listening = all.iter().any(|it| it.is_subscribed);
    match may_listen(channel, &principal) {
        Ok(_) => Check::passes(NAME, "The user may listen to the channel."),
        Err(_) if is_listening => Check::passes(NAME, "A signature admitted the user."),
        Err(_) if matches!(subject.target, Target::Person(_)) => {
            Check::fails(NAME, "not_allowed", "The channel belongs to another user.")
        }
        Err(_) => Check::unknown(
            NAME,
            format!(
                "The user's token decides: it needs the permission subscribe:{}, or the backend's signature.",
                channel.stem()
            ),
        ),
    }
}

fn desk_access(principal: &Principal, decided: Option<&Standing>, all: &[&StandingConnection]) -> Check {
    const NAME: &str = "access";
    match decided.and_then(|standing| standing.access.as_ref()) {
        Some(Err(problem)) if problem.kind == Kind::Forbidden => {
            Check::fails(NAME, "permission_missing", format!("The permission {VIEW_PANIC_ALERTS} was withdrawn."))
        }
        Some(Ok(())) if principal.is_guard() || all.iter().any(|it| it.is_subscribed) => {
            Check::passes(NAME, format!("The user has the permission {VIEW_PANIC_ALERTS}."))
        }
        Some(Ok(())) => {
            Check::unknown(NAME, format!("The user's token decides: it needs the permission {VIEW_PANIC_ALERTS}."))
        }
        Some(Err(_)) | None => Check::unknown(NAME, "The alert desk did not answer."),
    }
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag};
    use serde_json::json;
    operation
        .named("explainDelivery", Tag::Administration, "Explain why a user receives events, or does not")
        .about("Of a channel or a conversation: one of `channel` and `conversation_id` is needed. The first failing check is the `reason`.")
        .by(Security::Administrator)
        .uncached()
        .refuses(&[Kind::NotFound])
        .answers::<Explanation>(
            200,
            "The checks.",
            json!({
                "user_id": "7",
                "channel": "private-conversation.019a3e5b-7a10-7c3e-9d7f-2b6f0c1d4e02",
                "conversation_id": "019a3e5b-7a10-7c3e-9d7f-2b6f0c1d4e02",
                "reason": "not_connected",
                "checks": [
                    {"name": "app", "ok": true, "code": "ok", "detail": "The app is enabled."},
                    {"name": "connected", "ok": false, "code": "not_connected", "detail": "The user has no open connection."},
                ],
                "connections": [],
                "epoch": "5f0c1d4e02b6f7a1",
                "head": 42,
                "unanswered": [],
            }),
        );
}
