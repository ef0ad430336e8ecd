// Previews of links: read off the sender's path from a server that may be slow, large or hostile, and delivered once as `message.updated`.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

const page = (title, more = "") =>
  `<!doctype html><html><head><title>${title}</title>${more}</head><body>text</body></html>`;

/** A site whose pages the previews are read from. It counts the requests for each path. */
class Site {
  requests = [];
  #pages = new Map();
  #server = createServer((request, response) => {
    this.requests.push({ path: request.url, headers: request.headers });
    const answer = this.#pages.get(request.url);
    if (answer) answer(response);
    else response.writeHead(404).end();
  });

  static async start() {
    const site = new Site();
    site.#server.listen(0, "127.0.0.1");
    await once(site.#server, "listening");
    site.url = `http://127.0.0.1:${site.#server.address().port}`;
    return site;
  }

  /** Answers a path. Returns its address. */
  at(path, answer) {
    this.#pages.set(path, answer);
    return `${this.url}${path}`;
  }

  html(path, body, headers = {}) {
    return this.at(path, (response) =>
      response.writeHead(200, { "content-type": "text/html; charset=utf-8", ...headers }).end(body),
    );
  }

  asked(path) {
    return this.requests.filter((request) => request.path === path).length;
  }

  stop() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

describe("link previews", () => {
  let world, site, admin, ana, ben, room, chat;

  before(async () => {
    site = await Site.start();
    world = await startWorld({ limits: WIDE });
    admin = world.person("admin", { roles: ["admin"] });
    [ana, ben] = [world.person("7", { name: "Ana" }), world.person("8")];
    room = await world.room([ana, ben]);
    chat = await ben.chat(room.conversation_id);
  });
  after(async () => {
    await chat?.close();
    await world?.stop();
    site.stop();
  });

  const path = () => `/api/chat/conversations/${room.conversation_id}/messages`;
  const say = (body, more = {}) => ana.ok("POST", path(), { body, ...more });
  const read = async ({ id }) => (await ben.ok("GET", path())).data.find((message) => message.id === id);
  const updated = (id) => chat.next((frame) => frame.event === "message.updated" && frame.id === id, "message.updated");
  const turn = (link_previews) => admin.ok("PATCH", "/api/admin/settings", { chat: { link_previews } });

  test("they are off by default, and an administrator turns them on", async () => {
    const link = site.html("/off", page("Off"));
    const { id } = await say(`look: ${link}`);
    await eventually(async () => (await world.rows("SELECT 1 FROM messages WHERE id = ?", id)).length > 0, "the flush");
    assert.equal((await admin.ok("GET", "/api/admin/settings")).chat.link_previews, false);
    await turn(true);
    // The setting reaches the conversation with a later command.
    await eventually(async () => {
      const on = site.html(`/on-${site.requests.length}-${Date.now()}`, page("On"));
      await say(on);
      return eventually(() => site.asked(new URL(on).pathname) > 0, "a request", 1_000).catch(() => false);
    }, "previews");
    assert.equal(site.asked("/off"), 0);
  });

  test("a message gets what the page says, once, without being edited", async () => {
    const more = `<meta property="og:title" content="Caf&eacute; &amp; bar"><meta name="description" content="Open  till
      late"><meta property="og:image" content="/cup.png"><meta property="og:site_name" content="The caf&#233;">`;
    const link = site.html("/cafe", page("Plain title", more), { "set-cookie": "track=1" });
    const sent = await say(`meet me at ${link}#table, please`);
    const event = await updated(sent.id);
    assert.deepEqual(event.partial.metadata.link_previews, [
      {
        url: link,
        title: "Café & bar",
        description: "Open till late",
        image: `${site.url}/cup.png`,
        site_name: "The café",
      },
    ]);
    assert.deepEqual([event.partial.body, event.partial.version, event.partial.edited_at], [sent.body, 1, null]);
    const message = await read(sent);
    assert.deepEqual(
      [message.metadata, message.version, message.edited_at, message.body],
      [event.partial.metadata, 1, null, sent.body],
    );
    const edit = await ana.call(
      "PUT",
      `/api/chat/messages/${sent.id}`,
      { body: `${sent.body}!` },
      { "If-Match": '"1"' },
    );
    assert.equal(edit.status, 200);
    assert.deepEqual((await read(sent)).metadata, event.partial.metadata, "the link is still there");
    const again = await say(`again ${link}`);
    assert.equal((await updated(again.id)).partial.metadata.link_previews[0].title, "Café & bar");
    assert.equal(site.asked("/cafe"), 1, "kept for a day");
    const { headers } = site.requests.find((request) => request.path === "/cafe");
    assert.match(headers["user-agent"], /^Campana-LinkPreview/);
    for (const name of ["cookie", "authorization", "referer", "origin"]) assert.equal(headers[name], undefined, name);
  });

  test("slow, large, missing and other documents, and hostile redirects", async () => {
    const slow = site.at("/slow", (response) =>
      response.writeHead(200, { "content-type": "text/html" }).write("<title>"),
    );
    const large = site.html("/large", page("Large") + "x".repeat(3 * 1024 * 1024));
    const json = site.at("/json", (response) =>
      response.writeHead(200, { "content-type": "application/json" }).end('{"title":"<title>no</title>"}'),
    );
    const moved = site.at("/moved", (response) => response.writeHead(302, { location: "/target" }).end());
    site.html("/target", page("Target"));
    const loop = site.at("/loop", (response) => response.writeHead(302, { location: "/loop" }).end());
    const user = site.at("/user", (response) =>
      response.writeHead(302, { location: `${site.url.replace("://", "://ana:secret@")}/target` }).end(),
    );
    const file = site.at("/file", (response) => response.writeHead(302, { location: "file:///etc/passwd" }).end());
    const titles = async (...links) => {
      const last = site.html(`/last-${Date.now()}`, page("Last"));
      const sent = await say([...links, last].join(" "));
      return (await updated(sent.id)).partial.metadata.link_previews.map(({ title }) => title);
    };
    assert.deepEqual(await titles(slow, large), ["Large", "Last"]);
    assert.deepEqual(await titles(json, moved), ["Target", "Last"]);
    assert.deepEqual(await titles(loop, user), ["Last"]);
    assert.deepEqual(await titles(file, `${site.url}/missing`), ["Last"]);
    assert.equal(site.asked("/loop"), 4, "three redirects");
    const four = ["a", "b", "c", "d"].map((name) => site.html(`/${name}`, page(name)));
    const sent = await say(four.join("\n"));
    const { partial } = await updated(sent.id);
    assert.deepEqual(
      partial.metadata.link_previews.map(({ title }) => title),
      ["a", "b", "c"],
    );
  });

  test("an edit without the link removes its preview, one with another link adds that, and a deletion removes all", async () => {
    const [first, second] = [site.html("/first", page("First")), site.html("/second", page("Second"))];
    const sent = await say(first, { metadata: { colour: "red", link_previews: [{ url: first, title: "forged" }] } });
    assert.deepEqual(sent.metadata, { colour: "red" }, "only the server writes them");
    const { partial } = await updated(sent.id);
    assert.deepEqual([partial.metadata.colour, partial.metadata.link_previews[0].title], ["red", "First"]);
    await ana.ok("PUT", `/api/chat/messages/${sent.id}`, { body: `now ${second}` });
    const edited = await updated(sent.id);
    assert.deepEqual([edited.partial.body, edited.partial.metadata], [`now ${second}`, { colour: "red" }]);
    assert.equal((await updated(sent.id)).partial.metadata.link_previews[0].title, "Second");
    assert.equal((await read(sent)).version, 2);
    await ana.ok("DELETE", `/api/chat/messages/${sent.id}`);
    assert.equal((await read(sent)).metadata, null);
    const gone = await say(
      site.at("/late", (response) =>
        setTimeout(() => response.writeHead(200, { "content-type": "text/html" }).end(page("Late")), 1_000),
      ),
    );
    await ana.ok("DELETE", `/api/chat/messages/${gone.id}`);
    await eventually(() => site.asked("/late") > 0, "the request");
    const marker = await say(site.html("/marker", page("Marker")));
    await updated(marker.id);
    assert.ok(!chat.frames.some((frame) => frame.event === "message.updated" && frame.id === gone.id));
    assert.equal((await read(gone)).metadata, null);
  });
});
