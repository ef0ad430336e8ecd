// Laravel Echo as applications configure it: their own code, with another host, key and token.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { allowFromBackends } from "../support/documents/frames.mjs";
import { backend, Echo, Pusher, watch } from "../support/pusher.mjs";
import { eventually, startWorld } from "../support/world.mjs";

const PATIENCE_MS = 120_000;
// Echo reads the global `window`.
const window = globalThis;
globalThis.window = window;

// An existing backend goes on to publish them itself.
allowFromBackends("panic-alert.triggered", "panic-alert.updated");
allowFromBackends("App\\Events\\MessageRead", "App\\Events\\UserTyping");

for (const broadcaster of ["reverb", "pusher"]) {
  describe(`Echo with broadcaster: '${broadcaster}'`, { timeout: PATIENCE_MS }, () => {
    let world, server, host, port, observed;
    const opened = [];

    before(async () => {
      world = await startWorld({ pusher: { event_names: "laravel" } });
      server = backend(world);
      ({ hostname: host, port } = new URL(world.url));
      Object.assign(process.env, {
        MIX_REVERB_APP_KEY: "demo-key",
        MIX_REVERB_HOST: host,
        MIX_REVERB_PORT: port,
      });
      for (const user of ["1", "2", "7"]) await person(user).ok("GET", "/api/me");
    });
    after(() => world.stop());
    afterEach(() => {
      for (const echo of opened.splice(0)) echo.disconnect();
    });

    const person = (user, options) => world.person(user, { name: `Person ${user}`, ...options });

    /** The set-up of a web page, plus what a page implies: the auth endpoint and the user's token. */
    const setUp = (user, options) => {
      window.Pusher = Pusher;
      window.Echo = new Echo({
        broadcaster,
        key: process.env.MIX_REVERB_APP_KEY,
        wsHost: process.env.MIX_REVERB_HOST,
        wsPort: process.env.MIX_REVERB_PORT,
        wssPort: process.env.MIX_REVERB_PORT,
        forceTLS: false,
        encrypted: true,
        disableStats: true,
        enabledTransports: ["ws", "wss"],
        ...(broadcaster === "pusher" ? { cluster: "mt1" } : {}),
        authEndpoint: `${world.url}/broadcasting/auth`,
        userAuthentication: { endpoint: `${world.url}/broadcasting/user-auth`, headers: {} },
        bearerToken: person(user).token,
        ...options,
      });
      observed = watch(world, window.Echo.connector.pusher);
      opened.push(window.Echo);
      return window.Echo;
    };

    /** Resolves with the first value passed to the callback. */
    const first = (begin) => new Promise((resolve) => void begin(resolve));
    const subscribed = (channel) => first((done) => channel.subscribed(done));
    const class_ = (name) => `App\\Events\\${name}`;

    test("Echo.channel('chat').listen('UserTyping')", async () => {
      setUp("7");
      const typing = first((done) => {
        window.Echo.channel("chat").listen("UserTyping", (e) => done(`${e.user.name} is typing...`));
      });
      await subscribed(window.Echo.channel("chat"));
      await server.trigger("chat", class_("UserTyping"), { user: { id: 1, name: "Ana" } });
      assert.equal(await typing, "Ana is typing...");
    });

    test("Echo.private('user.7').listen('MessageRead')", async () => {
      const userId = "7";
      setUp(userId);
      const read = first((done) => {
        window.Echo.private(`user.${userId}`).listen("MessageRead", (e) => {
          done(`Message ${e.message.id} read by ${e.user.name}`);
        });
      });
      await subscribed(window.Echo.private(`user.${userId}`));
      await server.trigger("private-user.7", class_("MessageRead"), { message: { id: 5 }, user: { name: "Ben" } });
      assert.equal(await read, "Message 5 read by Ben");
    });

    test("Echo.private('private-chat.1.2').listen('PrivateMessageSent'), with the prefix in the name", async () => {
      const [userId1, userId2] = ["2", "1"];
      setUp(userId1);
      const channelId = userId1 < userId2 ? `private-chat.${userId1}.${userId2}` : `private-chat.${userId2}.${userId1}`;
      const message = first((done) => {
        window.Echo.private(channelId).listen("PrivateMessageSent", (e) => {
          done(`Private message from ${e.message.user.name}: ${e.message.message}`);
        });
      });
      await subscribed(window.Echo.private(channelId));
      await person("1").ok("POST", "/api/chat/messages/private", { recipient_id: "2", message: "Over here" });
      assert.equal(await message, "Private message from Person 1: Over here");
    });

    test("Echo.private('chat.1.2') receives a backend's event for two users", async () => {
      setUp("1");
      const message = first((done) => window.Echo.private("chat.1.2").listen(".note", done));
      await subscribed(window.Echo.private("chat.1.2"));
      await server.trigger("private-chat.1.2", "note", { n: 1 });
      assert.deepEqual(await message, { n: 1 });
    });

    test("Echo.private('chat.1.2') is refused to other users", async () => {
      setUp("7");
      const refused = first((done) => window.Echo.private("chat.1.2").error(done));
      assert.equal((await refused).status, 403);
    });

    test("Echo.join('chat').here().joining().leaving()", async () => {
      const log = [];
      const here = first((done) => {
        setUp("7")
          .join("chat")
          .here((users) => done(users))
          .joining((user) => log.push(`${user.name} joined`))
          .leaving((user) => log.push(`${user.name} left`));
      });
      assert.deepEqual(await here, [{ id: 7, name: "Person 7" }]);
      const other = setUp("1");
      const seen = await first((done) => other.join("chat").here(done));
      assert.deepEqual(seen.map(({ id, name }) => `${id} ${name}`).sort(), ["1 Person 1", "7 Person 7"]);
      other.leave("chat");
      await eventually(() => log.length === 2, "the join and the leave");
      assert.deepEqual(log, ["Person 1 joined", "Person 1 left"]);
    });

    test("whisper and listenForWhisper, on a private channel and on a presence channel", async () => {
      const permissions = ["subscribe:*"];
      const [ana, ben] = ["1", "2"].map((user) => setUp(user, { bearerToken: person(user, { permissions }).token }));
      for (const channel of [(echo) => echo.private("desk"), (echo) => echo.join("desk")]) {
        const [mine, theirs] = [channel(ana), channel(ben)];
        await Promise.all([subscribed(mine), subscribed(theirs)]);
        const whispered = first((done) => theirs.listenForWhisper("typing", done));
        const echoed = [];
        mine.listenForWhisper("typing", (e) => echoed.push(e));
        mine.whisper("typing", { name: "Ana" });
        assert.deepEqual(await whispered, { name: "Ana" });
        assert.deepEqual(echoed, []);
      }
    });

    test("connection.bind('connected'), ('disconnected') and ('error') report the connection's state", async () => {
      setUp("7");
      const shown = [];
      window.Echo.connector.pusher.connection.bind("connected", () => shown.push("Connected to WebSocket"));
      window.Echo.connector.pusher.connection.bind("disconnected", () => shown.push("Disconnected from WebSocket"));
      window.Echo.connector.pusher.connection.bind("error", (error) => shown.push(["WebSocket error:", error.type]));
      await observed.state("connected");
      window.Echo.connector.pusher.send_event("client-nobody-listens", {}, "private-nowhere");
      await observed.fault();
      window.Echo.connector.pusher.disconnect();
      await observed.state("disconnected");
      assert.deepEqual(shown, [
        "Connected to WebSocket",
        ["WebSocket error:", "PusherError"],
        "Disconnected from WebSocket",
      ]);
    });

    test("a page that counts its attempts reconnects, and resets its counter", async () => {
      setUp("7");
      let reconnectAttempts = 0;
      const maxReconnectAttempts = 5;
      const counted = [];
      window.Echo.connector.pusher.connection.bind("disconnected", () => {
        if (reconnectAttempts < maxReconnectAttempts) {
          reconnectAttempts++;
          counted.push(reconnectAttempts);
          setTimeout(() => {
            window.Echo.connector.pusher.connect();
          }, 10 * reconnectAttempts);
        }
      });
      window.Echo.connector.pusher.connection.bind("connected", () => {
        reconnectAttempts = 0;
      });
      await observed.state("connected");
      for (let time = 0; time < 2; time++) {
        const back = observed.reconnected();
        window.Echo.connector.pusher.disconnect();
        await back;
      }
      assert.deepEqual([counted, reconnectAttempts], [[1, 1], 0]);
      window.Echo.connector.pusher.connection.unbind("disconnected");
    });

    test("a page whose connection breaks receives later events without own code", async () => {
      setUp("7");
      const channel = window.Echo.private("user.7");
      await subscribed(channel);
      await observed.drop();
      await subscribed(channel);
      const note = first((done) => channel.listen("InvoiceIssued", done));
      await server.trigger("private-user.7", class_("InvoiceIssued"), { id: 1 });
      assert.deepEqual(await note, { id: 1 });
    });

    test("panic alerts on the security dashboard, for users with the permission", async () => {
      const YOUR_AUTH_TOKEN = person("guard", { permissions: ["view_panic_alerts"] }).token;
      const echo = new Echo({
        broadcaster,
        key: "demo-key",
        wsHost: host,
        wsPort: port,
        wssPort: port,
        forceTLS: false,
        cluster: "mt1",
        enabledTransports: ["ws", "wss"],
        authEndpoint: `${world.url}/broadcasting/auth`,
        auth: {
          headers: {
            Authorization: `Bearer ${YOUR_AUTH_TOKEN}`,
            Accept: "application/json",
          },
        },
      });
      opened.push(echo);
      const events = [];
      const channel = echo
        .private("security-dashboard")
        .listen(".panic-alert.triggered", (event) => {
          events.push(["triggered", event]);
        })
        .listen(".panic-alert.updated", (event) => {
          events.push(["updated", event]);
        });
      await subscribed(channel);
      const alert = {
        alert_id: 123,
        user: { id: 456, name: "Juan Pérez" },
        apartment: { id: 789, address: "Apartamento 101" },
        location: { lat: 4.6097, lng: -74.0817, string: "Calle 123 #45-67" },
        status: "triggered",
        timestamp: "2025-11-04T17:30:00.000Z",
        time_ago: "hace 2 minutos",
      };
      await server.trigger("private-security-dashboard", "panic-alert.triggered", alert);
      await server.trigger("private-security-dashboard", "panic-alert.updated", { ...alert, status: "resolved" });
      await eventually(() => events.length === 2, "both");
      assert.deepEqual(events, [
        ["triggered", alert],
        ["updated", { ...alert, status: "resolved" }],
      ]);
      setUp("7");
      const refused = await first((done) => window.Echo.private("security-dashboard").error(done));
      assert.equal(refused.status, 403);
    });

    test("the bare socket of the troubleshooting page connects", async () => {
      const ws = new WebSocket(`ws://${host}:${port}/app/demo-key?protocol=7`);
      const message = await first((done) => {
        ws.onmessage = (event) => done(event.data);
      });
      assert.equal(JSON.parse(message).event, "pusher:connection_established");
      ws.close();
    });

    test("toOthers: the requesting page sends X-Socket-ID, and gets no echo", async () => {
      const asking = setUp("1");
      const [mine, theirs] = [[], []];
      await subscribed(asking.channel("chat").listen("MessageSent", (e) => mine.push(e.message.message)));
      const socketId = asking.socketId();
      const other = setUp("2");
      await subscribed(other.channel("chat").listen("MessageSent", (e) => theirs.push(e.message.message)));
      const say = (message, headers) => person("1").ok("POST", "/api/chat/messages", { message }, headers);
      await say("for the others", { "x-socket-id": socketId });
      await say("for all");
      await eventually(() => mine.length > 0 && theirs.length > 1, "both messages");
      assert.deepEqual([mine, theirs], [["for all"], ["for the others", "for all"]]);
    });

    test("sign-in, and events for a user on every page", async () => {
      setUp("7").connector.signin();
      await window.Echo.connector.pusher.user.signinDonePromise;
      await eventually(() => window.Echo.connector.pusher.user.serverToUserChannel?.subscribed, "the user's channel");
      const note = first((done) => window.Echo.connector.pusher.user.bind("note", done));
      await server.sendToUser("7", "note", { n: 1 });
      assert.deepEqual(await note, { n: 1 });
    });

    test("Echo.encryptedPrivate() decrypts events", async () => {
      setUp("7", { bearerToken: person("7", { permissions: ["subscribe:vault"] }).token });
      const secret = first((done) => window.Echo.encryptedPrivate("vault").listen(".code", done));
      await subscribed(window.Echo.encryptedPrivate("vault"));
      await server.trigger("private-encrypted-vault", "code", { code: "1234" });
      assert.deepEqual(await secret, { code: "1234" });
    });
  });
}
