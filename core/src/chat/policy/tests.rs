//! The policy as a table of actions, places and roles.

use super::*;

const ALLOWED: &str = "yes";
const FORBIDDEN: &str = "403";
const HIDDEN: &str = "404";
const MUTED: &str = "muted";

fn answer(action: Action, standing: ActorRights) -> &'static str {
    match decide(action, standing) {
        Ok(()) => ALLOWED,
        Err(problem) if problem.kind == Kind::NotFound => HIDDEN,
        Err(problem) if problem.kind == Kind::Muted => MUTED,
        Err(_) => FORBIDDEN,
    }
}

/// One row: the answers for a non-member, member, moderator, owner, and an administrator who is not a member.
#[track_caller]
fn check(action: Action, place: Place, expected: [&str; 5]) {
    let people = [
        (false, None),
        (false, Some(Role::Member)),
        (false, Some(Role::Moderator)),
        (false, Some(Role::Owner)),
        (true, None),
    ];
    let got = people.map(|(admin, role)| answer(action, ActorRights::new(admin, role, place)));
    assert_eq!(got, expected, "{action:?} in {place:?}");
}

#[test]
fn only_an_administrator_creates_rooms_and_runs_the_app() {
    check(Action::CreateRoom, Place::App, ["403", "403", "403", "403", "yes"]);
    check(Action::Administer, Place::App, ["403", "403", "403", "403", "yes"]);
}

#[test]
fn only_an_administrator_changes_and_deletes_rooms() {
    for action in [Action::UpdateRoom, Action::DeleteRoom] {
        check(action, Place::PublicRoom, ["403", "403", "403", "403", "yes"]);
        check(action, Place::PrivateRoom, ["404", "403", "403", "403", "yes"]);
        check(action, Place::Group, ["404", "403", "403", "403", "404"]);
        check(action, Place::Direct, ["404", "403", "403", "403", "404"]);
    }
}

#[test]
fn public_rooms_are_seen_by_all_private_ones_by_members() {
    check(Action::ViewRoom, Place::PublicRoom, ["yes", "yes", "yes", "yes", "yes"]);
    check(Action::ViewRoom, Place::PrivateRoom, ["404", "yes", "yes", "yes", "yes"]);
}

#[test]
fn anyone_signed_in_joins_a_public_room_only() {
    check(Action::Join, Place::PublicRoom, ["yes", "yes", "yes", "yes", "yes"]);
    check(Action::Join, Place::PrivateRoom, ["404", "403", "403", "403", "403"]);
    check(Action::Join, Place::Direct, ["404", "403", "403", "403", "404"]);
    check(Action::Join, Place::Group, ["404", "403", "403", "403", "404"]);
}

#[test]
fn only_a_public_room_has_a_public_channel() {
    check(Action::ListenOpenly, Place::PublicRoom, ["yes", "yes", "yes", "yes", "yes"]);
    for place in [Place::PrivateRoom, Place::Direct, Place::Group] {
        let anonymous = ActorRights::new(false, None, place);
        assert_eq!(answer(Action::ListenOpenly, anonymous), HIDDEN, "{place:?}");
    }
}

#[test]
fn members_leave_rooms_and_groups_but_not_a_direct_conversation() {
    check(Action::Leave, Place::PublicRoom, ["403", "yes", "yes", "yes", "403"]);
    check(Action::Leave, Place::Group, ["404", "yes", "yes", "yes", "404"]);
    check(Action::Leave, Place::Direct, ["404", "403", "403", "403", "404"]);
}

#[test]
fn a_direct_conversation_keeps_its_two_members() {
    let changes = [
        Action::Leave,
        Action::AddMember { role: Role::Member },
        Action::RemoveMember { target: Role::Member },
        Action::ChangeRole { from: Role::Member, to: Role::Moderator },
    ];
    for action in changes {
        let refusal = |role, admin| {
            let standing = ActorRights::new(admin, role, Place::Direct);
            decide(action, standing).expect_err("nobody may").kind
        };
        assert_eq!(refusal(Some(Role::Member), false), Kind::DirectConversation, "{action:?}");
        assert_eq!(refusal(None, true), Kind::NotFound, "{action:?} by a stranger");
    }
}

#[test]
fn a_group_is_managed_by_its_owner_and_moderators() {
    check(Action::AddMember { role: Role::Member }, Place::Group, ["404", "403", "yes", "yes", "404"]);
    check(Action::AddMember { role: Role::Moderator }, Place::Group, ["404", "403", "403", "yes", "404"]);
    check(Action::RemoveMember { target: Role::Member }, Place::Group, ["404", "403", "yes", "yes", "404"]);
    check(Action::RemoveMember { target: Role::Moderator }, Place::Group, ["404", "403", "403", "yes", "404"]);
    check(Action::RemoveMember { target: Role::Owner }, Place::Group, ["404", "403", "403", "403", "404"]);
}

#[test]
fn only_participants_read_and_write() {
    for action in
        [Action::ViewConversation, Action::Send, Action::React, Action::Type, Action::MarkRead, Action::Personalize]
    {
        check(action, Place::PublicRoom, ["403", "yes", "yes", "yes", "403"]);
        check(action, Place::PrivateRoom, ["404", "yes", "yes", "yes", "403"]);
        check(action, Place::Direct, ["404", "yes", "yes", "yes", "404"]);
        check(action, Place::Group, ["404", "yes", "yes", "yes", "404"]);
    }
}

#[test]
fn a_group_is_changed_by_its_members() {
    check(Action::UpdateConversation, Place::Group, ["404", "yes", "yes", "yes", "404"]);
    check(Action::UpdateConversation, Place::Direct, ["404", "403", "403", "403", "404"]);
    check(Action::UpdateConversation, Place::PublicRoom, ["403", "403", "403", "403", "403"]);
}

#[test]
fn a_message_is_edited_by_its_author_alone() {
    check(Action::EditMessage { own: true }, Place::PublicRoom, ["403", "yes", "yes", "yes", "403"]);
    check(Action::EditMessage { own: false }, Place::PublicRoom, ["403", "403", "403", "403", "403"]);
    check(Action::EditMessage { own: false }, Place::Direct, ["404", "403", "403", "403", "404"]);
}

#[test]
fn a_message_is_deleted_by_its_author_or_a_moderator() {
    check(Action::DeleteMessage { own: true }, Place::PrivateRoom, ["404", "yes", "yes", "yes", "yes"]);
    check(Action::DeleteMessage { own: false }, Place::PrivateRoom, ["404", "403", "yes", "yes", "yes"]);
    check(Action::DeleteMessage { own: false }, Place::Group, ["404", "403", "yes", "yes", "404"]);
    check(Action::DeleteMessage { own: false }, Place::Direct, ["404", "403", "403", "403", "404"]);
}

#[test]
fn messages_are_pinned_by_moderators_and_by_either_person_of_a_direct_conversation() {
    check(Action::Pin, Place::PublicRoom, ["403", "403", "yes", "yes", "yes"]);
    check(Action::Pin, Place::Group, ["404", "403", "yes", "yes", "404"]);
    check(Action::Pin, Place::Direct, ["404", "yes", "yes", "yes", "404"]);
}

#[test]
fn earlier_bodies_are_read_by_the_author_and_moderators() {
    check(Action::ViewHistory { own: true }, Place::PublicRoom, ["403", "yes", "yes", "yes", "yes"]);
    check(Action::ViewHistory { own: false }, Place::PublicRoom, ["403", "403", "yes", "yes", "yes"]);
    check(Action::ViewHistory { own: false }, Place::Group, ["404", "403", "yes", "yes", "404"]);
    check(Action::ViewHistory { own: false }, Place::Direct, ["404", "403", "403", "403", "404"]);
}

#[test]
fn members_are_added_by_moderators_and_never_above_their_own_rank() {
    let add = |role| Action::AddMember { role };
    check(add(Role::Member), Place::PrivateRoom, ["404", "403", "yes", "yes", "yes"]);
    check(add(Role::Moderator), Place::PrivateRoom, ["404", "403", "403", "yes", "yes"]);
    check(add(Role::Owner), Place::PrivateRoom, ["404", "403", "403", "403", "yes"]);
    check(add(Role::Member), Place::Direct, ["404", "403", "403", "403", "404"]);
}

#[test]
fn nobody_is_removed_by_an_equal() {
    let remove = |target| Action::RemoveMember { target };
    check(remove(Role::Member), Place::PublicRoom, ["403", "403", "yes", "yes", "yes"]);
    check(remove(Role::Moderator), Place::PublicRoom, ["403", "403", "403", "yes", "yes"]);
    check(remove(Role::Owner), Place::PublicRoom, ["403", "403", "403", "403", "yes"]);
    check(remove(Role::Member), Place::Direct, ["404", "403", "403", "403", "404"]);
}

#[test]
fn roles_are_changed_by_owners_and_administrators() {
    let promote = Action::ChangeRole { from: Role::Member, to: Role::Moderator };
    check(promote, Place::PublicRoom, ["403", "403", "403", "yes", "yes"]);
    check(promote, Place::Group, ["404", "403", "403", "yes", "404"]);
    let hand_over = Action::ChangeRole { from: Role::Member, to: Role::Owner };
    check(hand_over, Place::PublicRoom, ["403", "403", "403", "yes", "yes"]);
    check(promote, Place::Direct, ["404", "403", "403", "403", "404"]);
}

#[test]
fn nobody_mutes_or_bans_an_equal() {
    for act in [|target| Action::Mute { target }, |target| Action::Ban { target }] {
        check(act(Role::Member), Place::PublicRoom, ["403", "403", "yes", "yes", "yes"]);
        check(act(Role::Moderator), Place::PublicRoom, ["403", "403", "403", "yes", "yes"]);
        check(act(Role::Owner), Place::PrivateRoom, ["404", "403", "403", "403", "yes"]);
        check(act(Role::Member), Place::Group, ["404", "403", "403", "403", "404"]);
        check(act(Role::Member), Place::Direct, ["404", "403", "403", "403", "404"]);
    }
}

#[test]
fn members_invite_to_public_rooms_and_moderators_to_private_ones() {
    let invite = |role| Action::Invite { role };
    check(invite(Role::Member), Place::PublicRoom, ["403", "yes", "yes", "yes", "yes"]);
    check(invite(Role::Member), Place::PrivateRoom, ["404", "403", "yes", "yes", "yes"]);
    check(invite(Role::Moderator), Place::PublicRoom, ["403", "403", "403", "yes", "yes"]);
    check(invite(Role::Owner), Place::PublicRoom, ["403", "403", "403", "403", "yes"]);
    check(invite(Role::Member), Place::Group, ["404", "403", "403", "403", "404"]);
    check(invite(Role::Member), Place::Direct, ["404", "403", "403", "403", "404"]);
}

#[test]
fn moderators_see_invites_and_bans_of_rooms() {
    check(Action::Moderate, Place::PublicRoom, ["403", "403", "yes", "yes", "yes"]);
    check(Action::Moderate, Place::PrivateRoom, ["404", "403", "yes", "yes", "yes"]);
    check(Action::Moderate, Place::Group, ["404", "403", "403", "403", "404"]);
}

#[test]
fn a_muted_member_cannot_write_but_can_read_leave_and_delete_own_messages() {
    let answer = |action, role, place| {
        let muted_until = Some(Timestamp::from_millis(1));
        answer(action, ActorRights { muted_until, ..ActorRights::new(false, role, place) })
    };
    let acts = [
        (Action::Send, MUTED),
        (Action::EditMessage { own: true }, MUTED),
        (Action::Type, MUTED),
        (Action::Invite { role: Role::Member }, MUTED),
        (Action::EditMessage { own: false }, FORBIDDEN),
        (Action::DeleteMessage { own: true }, ALLOWED),
        (Action::ViewConversation, ALLOWED),
        (Action::MarkRead, ALLOWED),
        (Action::Personalize, ALLOWED),
        (Action::Leave, ALLOWED),
    ];
    for (action, expected) in acts {
        assert_eq!(answer(action, Some(Role::Member), Place::PublicRoom), expected, "{action:?}");
    }
    assert_eq!(answer(Action::Send, None, Place::PrivateRoom), HIDDEN, "a mute does not reveal a room to a non-member");
}

#[test]
fn moderators_and_administrators_change_who_writes_in_a_room_and_how_often() {
    check(Action::UpdatePosting, Place::PublicRoom, ["403", "403", "yes", "yes", "yes"]);
    check(Action::UpdatePosting, Place::PrivateRoom, ["404", "403", "yes", "yes", "yes"]);
    check(Action::UpdatePosting, Place::Group, ["404", "403", "403", "403", "404"]);
    check(Action::UpdatePosting, Place::Direct, ["404", "403", "403", "403", "404"]);
}

#[test]
fn only_those_who_moderate_an_announcement_room_write_there() {
    let answer = |action, admin, role| {
        let place = Place::PrivateRoom;
        let standing = ActorRights { post: Posting::Moderators, ..ActorRights::new(admin, role, place) };
        decide(action, standing).map_err(|problem| problem.kind)
    };
    let (member, silent) = (Some(Role::Member), Err(Kind::AnnouncementOnly));
    for action in [Action::Send, Action::EditMessage { own: true }, Action::Type] {
        assert_eq!(answer(action, false, member), silent, "{action:?}");
        assert_eq!(answer(action, true, member), Ok(()), "{action:?} by an administrator");
        for role in [Role::Moderator, Role::Owner] {
            assert_eq!(answer(action, false, Some(role)), Ok(()), "{action:?} by {role:?}");
        }
        assert_eq!(answer(action, false, None), Err(Kind::NotFound), "{action:?} by a stranger");
    }
    for action in [Action::ViewConversation, Action::MarkRead, Action::Leave, Action::DeleteMessage { own: true }] {
        assert_eq!(answer(action, false, member), Ok(()), "{action:?}");
    }
    let muted_until = Some(Timestamp::from_millis(1));
    let muted =
        ActorRights { muted_until, post: Posting::Moderators, ..ActorRights::new(false, member, Place::PublicRoom) };
    assert_eq!(decide(Action::Send, muted).expect_err("muted").kind, Kind::Muted, "a mute has an end to name");
    let standing = ActorRights { post: Posting::Moderators, ..ActorRights::new(false, member, Place::PublicRoom) };
    assert_eq!(decide(Action::Invite { role: Role::Member }, standing), Ok(()), "members still invite");
}

#[test]
fn nobody_writes_in_a_direct_conversation_of_which_one_has_blocked_the_other() {
    let answer = |action, role| {
        let standing = ActorRights { is_blocked: true, ..ActorRights::new(false, role, Place::Direct) };
        decide(action, standing).map_err(|problem| problem.kind)
    };
    let member = Some(Role::Member);
    for action in [Action::Send, Action::EditMessage { own: true }, Action::Type] {
        assert_eq!(answer(action, member), Err(Kind::Blocked), "{action:?}");
        assert_eq!(answer(action, None), Err(Kind::NotFound), "{action:?} by a stranger");
    }
    for action in [Action::ViewConversation, Action::MarkRead, Action::DeleteMessage { own: true }] {
        assert_eq!(answer(action, member), Ok(()), "{action:?}");
    }
}

#[test]
fn members_invite_to_public_rooms_only_and_nobody_to_their_own_rank() {
    for (role, place, expected) in [
        (Role::Member, Place::PublicRoom, &[Role::Member][..]),
        (Role::Member, Place::PrivateRoom, &[]),
        (Role::Moderator, Place::PrivateRoom, &[Role::Member]),
        (Role::Owner, Place::PrivateRoom, &[Role::Member, Role::Moderator]),
        (Role::Owner, Place::Group, &[]),
    ] {
        assert_eq!(invitable(role, place), expected, "{role:?} {place:?}");
    }
}
