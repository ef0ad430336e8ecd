//! Tests of reports of messages over HTTP.

use crate::testing::{Token, World};
use serde_json::{Value, json};

const REPORTS: &str = "/api/admin/reports";

/// A room whose moderator is 8; what its member 7 said is reported.
struct Scene {
    world: World,
    room: String,
    message: String,
}

impl Scene {
    fn new() -> Self {
        let world = World::new();
        world.meet(&["9"]);
        let (room, conversation) = world.room_of(&["7", "8"]);
        world.put(&format!("{room}/members/8"), json!({"role": "moderator"})).with(&Token::admin()).status(200);
        let said = world.post(&format!("{conversation}/messages"), json!({"body": "buy this"})).by("7").status(201);
        world.objects.flush();
        Self { world, room, message: id(&said) }
    }

    fn report(&self, by: &'static str) -> crate::testing::Call {
        let body = json!({"reason": "spam", "note": "again"});
        self.world.post(&format!("/api/chat/messages/{}/report", self.message), body).by(by)
    }

    fn resolve(&self, report: &Value, action: &str) -> crate::testing::Call {
        let body = json!({"action": action, "note": "rules"});
        self.world.post(&format!("{REPORTS}/{}/resolve", id(report)), body)
    }

    fn listed(&self, token: &Token, status: &str) -> usize {
        let page = self.world.get(&format!("{REPORTS}?status={status}")).with(token).status(200);
        page["data"].as_array().expect("a JSON array").len()
    }
}

fn id(answer: &Value) -> String {
    answer["id"].as_str().expect("the id is present").to_owned()
}

#[test]
fn readers_report_a_message_once_and_a_repeat_returns_the_report() {
    let scene = Scene::new();
    let report = scene.report("8").status(201);
    assert_eq!(
        (&report["reason"], &report["status"], &report["sender_id"]),
        (&json!("spam"), &json!("open"), &json!("7"))
    );
    assert_eq!(scene.report("8").status(200), report);
    assert_ne!(scene.report("7").status(201)["id"], report["id"]);
    scene.report("9").refused(403, "forbidden");
    let path = format!("/api/chat/messages/{}/report", scene.message);
    for body in [json!({"reason": ""}), json!({"reason": "x".repeat(101)}), json!({}), json!({"reason": "x", "a": 1})] {
        scene.world.post(&path, body).by("7").refused(422, "invalid");
    }
    let hint = format!("{path}?conversation_id=019a3e5b-7a10-7c3e-9d7f-2b6f0c1d4e02");
    scene.world.post(&hint, json!({"reason": "spam"})).by("7").refused(404, "not-found");
    scene.world.delete(&format!("/api/chat/messages/{}", scene.message)).by("7").status(200);
    scene.world.objects.flush();
    scene.report("7").refused(404, "not-found");
    let stored = scene.world.dump("reports");
    assert!(!stored.contains("buy this"), "no copy of the message");
}

#[test]
fn moderators_see_and_resolve_the_reports_of_their_rooms_alone() {
    let scene = Scene::new();
    let report = scene.report("7").status(201);
    assert_eq!((scene.listed(&Token::admin(), "open"), scene.listed(&Token::of("8"), "open")), (1, 1));
    for stranger in ["7", "9"] {
        assert_eq!(scene.listed(&Token::of(stranger), "open"), 0, "{stranger}");
        scene.resolve(&report, "dismiss").by(stranger).refused(404, "not-found");
    }
    scene.resolve(&report, "dismiss").with(&Token::other_admin()).refused(404, "not-found");
    assert_eq!(scene.listed(&Token::other_admin(), "open"), 0);
    scene.world.get(&format!("{REPORTS}?status=new")).by("8").refused(422, "invalid");
    scene.world.get(REPORTS).refused(401, "unauthenticated");
    for _ in 0..2 {
        let resolved = scene.resolve(&report, "dismiss").by("8").status(200);
        assert_eq!((&resolved["status"], &resolved["resolved_by"]), (&json!("resolved"), &json!("8")));
    }
    scene.resolve(&report, "ban").by("8").refused(409, "conflict");
    assert_eq!((scene.listed(&Token::of("8"), "open"), scene.listed(&Token::of("8"), "resolved")), (0, 1));
    let audits = scene.world.get("/api/admin/audits?action=report.resolved").with(&Token::admin()).status(200);
    let entries = audits["data"].as_array().expect("a JSON array");
    assert_eq!((entries.len(), &entries[0]["reason"], &entries[0]["target_id"]), (1, &json!("rules"), &report["id"]));
    assert_eq!(scene.report("7").status(201)["status"], "open", "a new one may follow");
}

#[test]
fn each_action_is_carried_out_with_the_moderators_own_rights() {
    let scene = Scene::new();
    let report = scene.report("8").status(201);
    scene.world.put(&format!("{}/members/7", scene.room), json!({"role": "owner"})).with(&Token::admin()).status(200);
    for action in ["mute", "ban"] {
        scene.resolve(&report, action).by("8").refused(403, "forbidden");
    }
    assert_eq!(scene.listed(&Token::of("8"), "open"), 1, "a refused action leaves it open");
    scene.world.put(&format!("{}/members/7", scene.room), json!({"role": "member"})).with(&Token::admin()).status(200);
    let say = || scene.world.post(&format!("{}/messages", scene.room), json!({"body": "hi"})).by("7");
    scene.resolve(&report, "mute").by("8").status(200);
    say().refused(403, "muted");
    let report = scene.report("8").status(201);
    for _ in 0..2 {
        scene.resolve(&report, "delete").by("8").status(200);
    }
    let page = scene.world.get(&format!("{}/messages", scene.room)).by("8").status(200);
    assert_eq!((&page["data"][0]["id"], &page["data"][0]["body"]), (&json!(scene.message), &json!(null)));
    scene.world.clock.pass(24 * 3_600_000);
    let said = say().status(201);
    scene.world.objects.flush();
    let path = format!("/api/chat/messages/{}/report", id(&said));
    let report = scene.world.post(&path, json!({"reason": "again"})).by("8").status(201);
    scene.resolve(&report, "ban").with(&Token::admin()).status(200);
    say().refused(403, "forbidden");
    scene.world.post(&format!("{}/join", scene.room), json!({})).by("7").refused(403, "banned");
}

#[test]
fn a_message_that_was_deleted_meanwhile_counts_as_deleted() {
    let scene = Scene::new();
    let report = scene.report("8").status(201);
    scene.world.delete(&format!("/api/chat/messages/{}", scene.message)).by("7").status(200);
    scene.world.objects.flush();
    assert_eq!(scene.resolve(&report, "delete").by("8").status(200)["action"], "delete");
}

#[test]
fn reports_of_direct_conversations_are_for_administrators_who_can_only_dismiss_them() {
    let scene = Scene::new();
    let dm = scene.world.post("/api/chat/conversations", json!({"type": "dm", "user_id": "9"})).by("7").status(201);
    let said = scene.world.post(&format!("/api/chat/conversations/{}/messages", id(&dm)), json!({"body": "hi"}));
    let said = said.by("7").status(201);
    scene.world.objects.flush();
    let path = format!("/api/chat/messages/{}/report", id(&said));
    let report = scene.world.post(&path, json!({"reason": "threat"})).by("9").status(201);
    scene.world.post(&path, json!({"reason": "threat"})).by("8").refused(404, "not-found");
    assert_eq!((&report["room_id"], scene.listed(&Token::of("8"), "open")), (&json!(null), 0));
    for action in ["delete", "mute", "ban"] {
        scene.resolve(&report, action).with(&Token::admin()).refused(403, "forbidden");
    }
    scene.resolve(&report, "dismiss").with(&Token::admin()).status(200);
}
