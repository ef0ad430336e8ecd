// Two tenants with equal user ids: on no endpoint or socket can one read, change or receive the other's data.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import Pusher from "pusher";
import { paths } from "../support/openapi.mjs";
import { backend } from "../support/pusher.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

describe("tenants", () => {
  let world,
    ana,
    room,
    message,
    file,
    upload,
    report,
    invite,
    dm,
    alert,
    notification,
    scheduled,
    intruder,
    administrator;

  before(async () => {
    world = await startWorld({ limits: WIDE });
    ana = world.person("7", { name: "Ana" });
    room = await world.room([ana, world.person("8")], { name: "Secret garden" });
    message = await ana.ok("POST", `/api/chat/rooms/${room.id}/messages`, { body: "for our eyes only" });
    file = await ana.upload("for our eyes only", "secret-garden.txt");
    const uploading = { "tus-resumable": "1.0.0", "upload-length": "9" };
    upload = (await ana.call("POST", "/api/chat/uploads", undefined, uploading)).headers.get("location");
    report = await ana.ok("POST", `/api/chat/messages/${message.id}/report`, { reason: "Secret garden" });
    invite = await ana.ok("POST", `/api/chat/rooms/${room.id}/invites`, {});
    dm = await ana.ok("POST", "/api/chat/conversations", { type: "dm", user_id: "8" });
    await ana.ok("POST", `/api/chat/conversations/${dm.id}/messages`, { attachments: [file.id] });
    await ana.ok("POST", "/api/chat/messages", { message: "hello, general" });
    const send_at = new Date(Date.now() + 3_600_000).toISOString();
    const later = { body: "for our eyes only", send_at };
    scheduled = await ana.ok("POST", `/api/chat/conversations/${room.conversation_id}/scheduled`, later);
    const location = { lat: 1, lng: 2, string: "Secret garden" };
    alert = await ana.ok("POST", "/api/security/alerts", { id: "secret-alert", location });
    await backend(world).post({ path: "/notifications", body: { user_ids: ["7"], title: "for our eyes only" } });
    [notification] = (await ana.ok("GET", "/api/notifications")).data;
    // The same ids in the other tenant, once without and once with every permission there.
    intruder = world.person("7", { tenant: "other", name: "Impostor" });
    const permissions = ["view_panic_alerts"];
    administrator = world.person("1", { tenant: "other", roles: ["admin"], permissions });
    for (const person of [intruder, administrator]) await person.ok("GET", "/api/me");
  });
  after(() => world.stop());

  /** Every endpoint with an id, by the route's pattern: the call and its body. */
  const named = () => {
    const path = `/api/chat/rooms/${room.id}`;
    const conversation = `/api/chat/conversations/${room.conversation_id}`;
    const alarm = `/api/security/alerts/${alert.id}`;
    const hint = `?conversation_id=${room.conversation_id}`;
    return {
      "/api/chat/rooms/{id}": [
        ["GET", path],
        ["PUT", path, { name: "Ours" }],
        ["DELETE", path],
      ],
      "/api/chat/rooms/{id}/join": [["POST", `${path}/join`]],
      "/api/chat/rooms/{id}/leave": [["POST", `${path}/leave`]],
      "/api/chat/rooms/{id}/members": [
        ["GET", `${path}/members`],
        ["POST", `${path}/members`, { user_id: "1" }],
      ],
      "/api/chat/rooms/{id}/members/{user_id}": [
        ["PUT", `${path}/members/7`, { role: "owner" }],
        ["DELETE", `${path}/members/7`],
      ],
      "/api/chat/rooms/{id}/members/{user_id}/mute": [
        ["POST", `${path}/members/7/mute`, { until: "2030-01-01T00:00:00Z" }],
        ["DELETE", `${path}/members/7/mute`],
      ],
      "/api/chat/rooms/{id}/members/{user_id}/ban": [
        ["POST", `${path}/members/7/ban`, {}],
        ["DELETE", `${path}/members/7/ban`],
      ],
      "/api/chat/rooms/{id}/bans": [["GET", `${path}/bans`]],
      "/api/chat/rooms/{id}/invites": [
        ["GET", `${path}/invites`],
        ["POST", `${path}/invites`, {}],
      ],
      "/api/chat/rooms/{id}/invites/{invite_id}": [["DELETE", `${path}/invites/${invite.id}`]],
      "/api/chat/invites/{token}": [
        ["GET", `/api/chat/invites/${invite.token}`],
        ["GET", `/api/chat/invites/${invite.id}`],
      ],
      "/api/chat/invites/{token}/accept": [["POST", `/api/chat/invites/${invite.token}/accept`]],
      "/api/chat/invites/{token}/decline": [["POST", `/api/chat/invites/${invite.token}/decline`]],
      "/api/chat/rooms/{id}/messages": [
        ["GET", `${path}/messages`],
        ["POST", `${path}/messages`, { body: "hi" }],
      ],
      "/api/chat/conversations/{id}": [
        ["GET", conversation],
        ["PATCH", conversation, { metadata: {} }],
        ["GET", `/api/chat/conversations/${dm.id}`],
      ],
      "/api/chat/conversations/{id}/leave": [["POST", `${conversation}/leave`]],
      "/api/chat/conversations/{id}/members": [
        ["GET", `${conversation}/members`],
        ["POST", `${conversation}/members`, { user_id: "1" }],
      ],
      "/api/chat/conversations/{id}/members/{user_id}": [
        ["PUT", `${conversation}/members/7`, { role: "owner" }],
        ["DELETE", `${conversation}/members/7`],
      ],
      "/api/chat/conversations/{id}/preferences": [["PATCH", `${conversation}/preferences`, { archived: true }]],
      "/api/chat/conversations/{id}/draft": [
        ["GET", `${conversation}/draft`],
        ["PUT", `${conversation}/draft`, { body: "hi" }],
        ["DELETE", `${conversation}/draft`],
      ],
      "/api/chat/files/{id}": [["GET", file.url]],
      "/api/chat/files/{id}/link": [["POST", `${file.url}/link`]],
      // By a signature that names the tenant: tests/chat/scans.test.mjs.
      "/api/chat/files/{id}/scan": [],
      "/api/chat/uploads/{id}": [["GET", upload]],
      "/api/me/saved/{message_id}": [["PUT", `/api/me/saved/${message.id}`]],
      "/api/chat/conversations/{id}/scheduled": [
        ["POST", `${conversation}/scheduled`, { body: "hi", send_at: new Date(Date.now() + 60_000).toISOString() }],
      ],
      "/api/me/scheduled/{id}": [
        ["GET", `/api/me/scheduled/${scheduled.id}`],
        ["DELETE", `/api/me/scheduled/${scheduled.id}`],
      ],
      "/api/chat/conversations/{id}/read": [["POST", `${conversation}/read`, {}]],
      "/api/chat/conversations/{id}/pins": [["GET", `${conversation}/pins`]],
      "/api/chat/conversations/{id}/unread": [["POST", `${conversation}/unread`, { seq: 1 }]],
      "/api/chat/messages/{id}/replies": [["GET", `/api/chat/messages/${message.id}/replies`]],
      "/api/chat/messages/{id}/replies/read": [["POST", `/api/chat/messages/${message.id}/replies/read`, {}]],
      "/api/chat/messages/{id}/follow": [
        ["PUT", `/api/chat/messages/${message.id}/follow`],
        ["DELETE", `/api/chat/messages/${message.id}/follow`],
      ],
      "/api/chat/conversations/{id}/socket": [],
      "/api/chat/conversations/{id}/events": [["GET", `${conversation}/events`]],
      "/api/chat/conversations/{id}/messages": [
        ["GET", `${conversation}/messages`],
        ["GET", `${conversation}/messages?around=${message.id}`],
        ["GET", `/api/chat/conversations/${dm.id}/messages`],
        ["POST", `${conversation}/messages`, { body: "hi" }],
      ],
      "/api/chat/messages/{id}": [
        ["PUT", `/api/chat/messages/${message.id}${hint}`, { body: "changed" }],
        ["PUT", `/api/chat/messages/${message.id}`, { body: "changed" }],
        ["DELETE", `/api/chat/messages/${message.id}${hint}`],
        ["DELETE", `/api/chat/messages/${message.id}`],
      ],
      "/api/chat/messages/{id}/history": [
        ["GET", `/api/chat/messages/${message.id}/history${hint}`],
        ["GET", `/api/chat/messages/${message.id}/history`],
      ],
      "/api/chat/messages/{id}/reactions": [
        ["GET", `/api/chat/messages/${message.id}/reactions${hint}`],
        ["GET", `/api/chat/messages/${message.id}/reactions`],
      ],
      "/api/chat/messages/{id}/reactions/{emoji}": [
        ["PUT", `/api/chat/messages/${message.id}/reactions/%F0%9F%91%8D${hint}`],
        ["DELETE", `/api/chat/messages/${message.id}/reactions/%F0%9F%91%8D${hint}`],
        ["PUT", `/api/chat/messages/${message.id}/reactions/%F0%9F%91%8D`],
      ],
      "/api/chat/messages/{id}/pin": [
        ["PUT", `/api/chat/messages/${message.id}/pin${hint}`],
        ["DELETE", `/api/chat/messages/${message.id}/pin${hint}`],
      ],
      "/api/chat/messages/{id}/report": [
        ["POST", `/api/chat/messages/${message.id}/report`, { reason: "spam" }],
        ["POST", `/api/chat/messages/${message.id}/report${hint}`, { reason: "spam" }],
      ],
      "/api/admin/reports/{id}/resolve": [["POST", `/api/admin/reports/${report.id}/resolve`, { action: "dismiss" }]],
      "/api/chat/messages/{id}/read": [["POST", `/api/chat/messages/${message.id}/read`, {}]],
      "/api/notifications/{id}/read": [["POST", `/api/notifications/${notification.id}/read`]],
      "/api/chat/messages/{id}/readers": [
        ["GET", `/api/chat/messages/${message.id}/readers`],
        ["GET", `/api/chat/messages/${message.id}/readers${hint}`],
      ],
      "/api/security/alerts/{id}": [["GET", alarm]],
      "/api/security/alerts/{id}/timeline": [["GET", `${alarm}/timeline`]],
      "/api/security/alerts/{id}/trail": [["GET", `${alarm}/trail`]],
      "/api/security/alerts/{id}/deliveries": [["GET", `${alarm}/deliveries`]],
      "/api/security/alerts/{id}/acknowledge": [["POST", `${alarm}/acknowledge`]],
      "/api/security/alerts/{id}/respond": [["POST", `${alarm}/respond`]],
      "/api/security/alerts/{id}/resolve": [["POST", `${alarm}/resolve`]],
      "/api/security/alerts/{id}/false-alarm": [["POST", `${alarm}/false-alarm`, { reason: "none" }]],
      "/api/security/alerts/{id}/cancel": [["POST", `${alarm}/cancel`]],
      "/api/security/alerts/{id}/location": [["POST", `${alarm}/location`, { lat: 3, lng: 4 }]],
    };
  };

  /** Endpoints without an id; their responses are checked instead. */
  const unnamed = [
    "/api/admin/alert-webhooks",
    "/api/admin/alert-webhooks/{id}",
    "/api/admin/alert-webhooks/{id}/enable",
    "/api/admin/alert-webhooks/{id}/rotate",
    "/api/admin/channels",
    "/api/admin/channels/{name}",
    "/api/admin/channels/{name}/events",
    "/api/admin/connections",
    "/api/admin/connections/{id}",
    "/api/admin/explain",
    "/api/admin/keys",
    "/api/admin/keys/rotate",
    "/api/admin/reports",
    // The index of the caller's tenant; see tests/chat/search.test.mjs.
    "/api/admin/search",
    "/api/admin/search/rebuild",
    "/api/chat/search",
    "/api/admin/settings",
    "/api/admin/series",
    "/api/admin/stats",
    "/api/admin/traces",
    "/api/admin/traces/{id}",
    "/api/admin/users",
    // See tests/security/erasure.test.mjs: the other tenant gets 404.
    "/api/admin/users/{user_id}",
    "/api/admin/users/{user_id}/sign-out",
    // Those of tests/operator/admin.test.mjs: the other tenant gets 404.
    "/api/admin/webhooks",
    "/api/admin/webhooks/{id}/deliveries",
    "/api/admin/webhooks/{id}/deliveries/{delivery_id}/replay",
    "/api/admin/webhooks/{id}/disable",
    "/api/admin/webhooks/{id}/enable",
    "/api/chat/rooms",
    "/api/chat/conversations",
    "/api/chat/messages",
    "/api/chat/messages/private",
    "/api/chat/typing",
    "/api/chat/upload",
    "/api/chat/uploads",
    "/api/chat/users",
    "/api/chat/users/online",
    // A user of another tenant is unknown; one with the same id is the caller's tenant's.
    "/api/chat/users/{id}",
    "/api/chat/invites",
    "/api/admin/audits",
    // Public: the app's key decides, see tests/operator/web-config.test.mjs.
    "/api/config",
    "/api/me",
    "/api/me/alert-pins",
    "/api/me/alerts",
    "/api/me/blocks",
    // A user of another tenant is unknown.
    "/api/me/blocks/{user_id}",
    "/api/chat/threads",
    "/api/me/drafts",
    "/api/me/export",
    "/api/me/events",
    "/api/me/notification-preferences",
    "/api/me/push/key",
    "/api/me/push/subscriptions",
    "/api/me/push/test",
    "/api/me/saved",
    "/api/me/scheduled",
    "/api/me/sign-out-everywhere",
    "/api/me/socket",
    "/api/me/ticket",
    "/api/notifications",
    "/api/notifications/count",
    "/api/notifications/read",
    "/api/demo/people",
    "/api/demo/token",
    "/app/{key}",
    "/app/{key}/refresh",
    "/broadcasting/auth",
    "/broadcasting/user-auth",
    "/healthz",
    "/up",
    "/problems/{slug}",
    "/metrics",
    "/metrics/reverb",
    "/api/security/alerts",
    "/api/security/alerts/active",
    "/api/security/alerts/socket",
    // A receipt is accepted whether or not the alert exists, so it reveals nothing.
    "/api/security/alerts/{id}/receipts",
    "/api/security/guards/{user_id}",
    "/api/security/push/key",
    "/api/security/push/subscriptions",
    "/api/security/status",
  ];

  /** Endpoints for backends, which sign their requests: method, path and body. */
  const signed = {
    "/apps/{id}/events": ["POST", "/events", { name: "e", data: "x", channels: ["news"] }],
    "/apps/{id}/batch_events": ["POST", "/batch_events", { batch: [{ name: "e", data: "x", channel: "news" }] }],
    "/apps/{id}/notifications": ["POST", "/notifications", { user_ids: ["7"], key: "k", title: "Paid" }],
    "/apps/{id}/files/{file}/scan": ["POST", "/files/{file}/scan", { verdict: "clean" }],
    "/apps/{id}/import": ["POST", "/import", { import: "i", lines: ['{"kind":"user","id":"7","name":"Ana"}'] }],
    "/apps/{id}/import/open": ["POST", "/import/open", { import: "i" }],
    "/apps/{id}/export": ["GET", "/export"],
    "/apps/{id}/channels": ["GET", "/channels"],
    "/apps/{id}/channels/{name}": ["GET", "/channels/news"],
    "/apps/{id}/channels/{name}/users": ["GET", "/channels/presence-chat/users"],
    "/apps/{id}/users/{user}/terminate_connections": ["POST", "/users/7/terminate_connections", {}],
  };

  test("every route is in one of the lists here", () => {
    const listed = [...Object.keys(named()), ...Object.keys(signed), ...unnamed];
    assert.deepEqual(Object.keys(paths).sort(), listed.sort());
  });

  test("[I5] the ids of one tenant do not exist in the other", async () => {
    for (const [route, calls] of Object.entries(named())) {
      for (const [method, path, body] of calls) {
        for (const person of [intruder, administrator]) {
          const answer = await person.call(method, path, body);
          assert.equal(answer.status, 404, `${person.user} ${method} ${route}: ${answer.text}`);
          assert.doesNotMatch(answer.text, /Secret garden|our eyes|Ana/);
        }
      }
    }
    const unchanged = await ana.ok("GET", `/api/security/alerts/${alert.id}`);
    assert.deepEqual(
      [unchanged.status, unchanged.location.lat, unchanged.updated_at],
      ["triggered", 1, alert.updated_at],
    );
    const still = await ana.ok("GET", `/api/chat/rooms/${room.id}/messages`);
    assert.deepEqual(
      still.data.map(({ body }) => body),
      ["for our eyes only"],
    );
  });

  test("a backend of one app is refused by the other", async () => {
    const { hostname: host, port } = new URL(world.url);
    const other = { host, port, useTLS: false, secret: "other-secret" };
    const own = await intruder.upload("theirs");
    for (const [route, [method, template, body]] of Object.entries(signed)) {
      const path = template.replace("{file}", own.id);
      for (const key of ["other-key", "demo-key"]) {
        const send = (appId) => new Pusher({ ...other, appId, key })[method.toLowerCase()]({ path, body });
        await assert.rejects(send("1"), { status: 401 }, route);
        if (key === "other-key") assert.equal((await send("2")).status, 200, route);
      }
    }
  });

  test("channels of one tenant's rooms and users are not signed for users of the other", async () => {
    for (const channel of [`presence-room.${room.id}`, `private-conversation.${room.conversation_id}`]) {
      const request = { socket_id: "1.2", channel_name: channel };
      assert.match((await ana.ok("POST", "/broadcasting/auth", request)).auth, /^demo-key:/);
      for (const person of [intruder, administrator]) {
        assert.equal((await person.call("POST", "/broadcasting/auth", request)).status, 403, channel);
      }
    }
    const general = { socket_id: "1.2", channel_name: "presence-chat" };
    assert.match((await intruder.ok("POST", "/broadcasting/auth", general)).auth, /^other-key:/);
  });

  test("lists, searches and presence show only the caller's tenant", async () => {
    const device = await ana.ownChannel();
    await eventually(async () => (await world.rows("SELECT 1 FROM presence")).length > 0, "Ana online");
    const lists = ["rooms", "conversations", "messages", "users", "users?q=ana", "users/online", "invites", "threads"];
    await ana.ok("PUT", `/api/chat/conversations/${room.conversation_id}/draft`, { body: "for our eyes only" });
    await ana.ok("PUT", `/api/me/saved/${message.id}`);
    await ana.ok("POST", `/api/chat/conversations/${room.conversation_id}/messages`, {
      body: "in the thread",
      parent_id: message.id,
    });
    const others = [
      "me/drafts",
      "me/saved",
      "notifications",
      "me/scheduled",
      "admin/audits",
      "security/alerts",
      "security/alerts/active",
      "me/alerts",
      "security/status",
    ];
    for (const path of [...lists.map((list) => `chat/${list}`), ...others]) {
      for (const person of [intruder, administrator]) {
        const { text } = await person.call("GET", `/api/${path}`);
        assert.doesNotMatch(text, /Secret garden|our eyes|"Ana"|hello, general/, path);
      }
    }
    const guard = world.person("9", { permissions: ["view_panic_alerts"] });
    const seen = await eventually(async () => {
      const { data } = await guard.ok("GET", "/api/security/alerts");
      return data.length > 0 && data;
    }, "the alert on the list of its own tenant");
    assert.deepEqual(
      seen.map(({ id }) => id),
      [alert.id],
    );
    const talk = await intruder.call("POST", "/api/chat/conversations", { type: "dm", user_id: "8" });
    assert.equal(talk.status, 422);
    const whisper = await intruder.call("POST", "/api/chat/messages/private", { recipient_id: "8", message: "hi" });
    assert.equal(whisper.status, 422);
    await device.close();
  });

  test("sockets of the other tenant are refused, and receive nothing about a user with the same id", async () => {
    const own = await intruder.ownChannel();
    for (const person of [intruder, administrator]) {
      for (const id of [room.conversation_id, dm.id]) {
        const chat = person.dial(`/api/chat/conversations/${id}/socket`);
        await chat.error("not-found");
        assert.equal((await chat.end()).code, 4403);
      }
    }
    const device = await ana.ownChannel();
    await world.person("8").ok("POST", `/api/chat/conversations/${dm.id}/messages`, { body: "just you and me" });
    await device.event("inbox.updated");
    own.send("ping");
    await own.next((frame) => frame.pong, "pong");
    assert.deepEqual(own.events, []);
    assert.equal(
      own.frames.some(({ event }) => event !== undefined),
      false,
    );
    await Promise.all([own.close(), device.close()]);
  });

  test("a token signed with one tenant's secret is refused in the other, and a ticket stays in its tenant", async () => {
    const forged = world.person("7", { tenant: "demo", secret: "other-secret" });
    assert.equal((await forged.call("GET", "/api/me")).status, 401);
    const { ticket } = await intruder.ok("POST", "/api/me/ticket");
    const path = `/api/chat/conversations/${room.conversation_id}/events?ticket=${ticket}`;
    assert.equal((await fetch(world.url + path)).status, 404);
  });
});
