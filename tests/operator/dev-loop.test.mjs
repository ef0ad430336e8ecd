// The development server with the release build instead of cargo's output: a change of the sources wraps it in another module.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { insertDemoApp } from "../../scripts/lib/demo.mjs";
import { startDevServer } from "../../scripts/lib/dev-server.mjs";
import { migrate } from "../../scripts/lib/migrate.mjs";
import { ROOT } from "../../scripts/lib/root.mjs";
import { signToken } from "../../scripts/lib/token.mjs";
import { runTool, stopTools, ToolFailed } from "../../scripts/lib/tools.mjs";
import { eventually } from "../support/eventually.mjs";

const GENERAL = "/api/chat/messages";
const token = signToken({ user: "7", name: "Ana" });
const folder = mkdtempSync(join(tmpdir(), "campana-dev-"));
const source = join(folder, "edge.version");
const front = join(folder, "front.mjs");
const build = join(folder, "build");
const output = [];
const stopping = new AbortController();
/** A build waits for this promise after it has read its source. */
let buildGate;
let server;

// A version that is not a number fails to compile.
async function buildEdge() {
  const version = Number(readFileSync(source, "utf8"));
  await buildGate;
  if (Number.isNaN(version)) throw new ToolFailed("cargo ended with 101");
  cpSync(realpathSync(join(ROOT, "build")), build, { recursive: true });
  writeFileSync(
    front,
    `import edge from "./index.js";
    export * from "./index.js";
    export default class extends edge {
      async fetch(request) {
        const response = await super.fetch(request);
        if (response.webSocket) return response;
        const headers = new Headers(response.headers);
        headers.set("x-version", "${version}");
        return new Response(response.body, { status: response.status, headers });
      }
    }`,
  );
}

async function prepare(engine) {
  const database = await engine.database();
  await migrate(database);
  await insertDemoApp(database);
}

const change = (version) => writeFileSync(source, version);
const outputHas = (pattern) =>
  eventually(() => output.findLast((line) => pattern.test(line)), `${pattern} among ${output}`);
const versionOf = (response) => response.headers.get("x-version");

async function call(method, path, body) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const response = await fetch(server.url + path, { method, headers, body: body && JSON.stringify(body) });
  return { version: versionOf(response), status: response.status, body: await response.json() };
}

async function becomes(version) {
  await eventually(async () => versionOf(await fetch(`${server.url}/healthz`)) === version, `version ${version}`);
}

before(async () => {
  change("not yet");
  const starting = startDevServer({
    port: 0,
    engine: { persist: join(folder, "state"), build, front },
    sources: [source],
    build: buildEdge,
    prepare,
    say: (line) => output.push(line),
    signal: stopping.signal,
  });
  await outputHas(/FAILED: cargo ended with 101/);
  await outputHas(/does not build yet/);
  change("1");
  server = await starting;
});

after(async () => {
  stopping.abort();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("a first build that fails is reported, and the edge starts once the sources are corrected", async () => {
  assert.equal(versionOf(await fetch(`${server.url}/healthz`)), "1");
});

test("the page, the API and sockets are at one address", async () => {
  for (const path of ["/?as=7", "/security", "/invite/abc"]) {
    const page = await fetch(server.url + path, { headers: { accept: "text/html" } });
    assert.equal(versionOf(page), null, "Vite serves the page");
    assert.match(await page.text(), /\/@vite\/client/, "the page reloads itself");
  }
  assert.equal((await call("GET", "/api/not-there")).status, 404);
  for (const path of ["/docs", "/docs/", "/docs/api/rooms"]) {
    const page = await fetch(server.url + path);
    assert.deepEqual([page.status, versionOf(page)], [200, null], path);
    const [style] = (await page.text()).match(/\/assets\/docs-site-\w+\.css/);
    assert.equal((await fetch(server.url + style)).status, 200, "the page finds its style");
  }
  for (const path of ["/src/app/main.tsx", "/bell.svg", "/@vite/client"]) {
    const file = await fetch(server.url + path);
    assert.deepEqual([file.status, versionOf(file)], [200, null], path);
    await file.arrayBuffer();
  }
  for (const [path, status] of [
    ["/metrics", 401],
    ["/app/demo-key", 426],
    ["/up", 200],
    ["/nothing", 404],
    ["/index.html", 404],
    ["/security/more", 404],
    ["/invite", 404],
    ["/docs.html", 404],
    ["/docs/nothing", 404],
    ["/problems/nothing", 404],
  ]) {
    const answer = await fetch(server.url + path);
    assert.deepEqual([answer.status, versionOf(answer)], [status, "1"], `${path} goes to the edge`);
    await answer.arrayBuffer();
  }
  assert.equal((await fetch(server.url, { method: "POST" })).status, 405);
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/app/demo-key?protocol=7`);
  const { data } = await new Promise((resolve, reject) => {
    socket.onmessage = resolve;
    socket.onerror = reject;
  });
  assert.equal(JSON.parse(data).event, "pusher:connection_established");
  socket.close();
});

test("the page's policy is that of a deployment except for hot reload", async () => {
  const page = await fetch(server.url);
  const policy = page.headers.get("content-security-policy");
  assert.match(policy, /default-src 'none'.*frame-ancestors 'none'/);
  assert.doesNotMatch(policy, /script-src[^;]*unsafe/);
  for (const [, attributes] of (await page.text()).matchAll(/<script([^>]*)>/g)) {
    assert.match(attributes, /nonce="development"|src="/, "an inline script has the nonce");
  }
});

test("a preflight request is answered by the edge", async () => {
  const headers = { origin: "https://elsewhere.example", "access-control-request-method": "POST" };
  const answer = await fetch(`${server.url}/api/me`, { method: "OPTIONS", headers });
  assert.equal(versionOf(answer), "1");
});

test("a change is live at the same address, and no data is lost", async () => {
  const written = await call("POST", GENERAL, { body: "before the change", client_msg_id: "before" });
  assert.equal(written.status, 201);
  const runtime = server.engine.pid();
  change("2");
  await becomes("2");
  assert.notEqual(server.engine.pid(), runtime);
  const page = await call("GET", GENERAL);
  assert.deepEqual(
    page.body.data.map(({ body, seq }) => [body, seq]),
    [["before the change", written.body.seq]],
  );
  const next = await call("POST", GENERAL, { body: "after the change", client_msg_id: "after" });
  assert.equal(next.body.seq, written.body.seq + 1);
});

test("requests during a reload wait for its end", async () => {
  change("3");
  const statuses = new Set();
  await eventually(async () => {
    const { status, version } = await call("GET", GENERAL);
    statuses.add(status);
    return version === "3";
  }, "version 3");
  assert.deepEqual([...statuses], [200]);
});

test("a change that does not compile is reported, and the last good build keeps serving", async () => {
  output.length = 0;
  change("broken");
  await outputHas(/FAILED: cargo ended with 101/);
  assert.equal(versionOf(await fetch(`${server.url}/healthz`)), "3");
  change("4");
  await becomes("4");
});

test("a change during a build triggers the next build", async () => {
  let release;
  buildGate = new Promise((resolve) => {
    release = resolve;
  });
  output.length = 0;
  change("5");
  await outputHas(/^building/);
  change("6");
  buildGate = undefined;
  release();
  await becomes("6");
});

test("a file that an editor replaces by renaming is detected each time", async () => {
  for (const version of ["7", "8"]) {
    writeFileSync(`${source}.new`, version);
    renameSync(`${source}.new`, source);
    await becomes(version);
  }
});

test("a tool's children end with it", async () => {
  const marker = join(folder, "started");
  const tool = runTool("bash", ["-c", `sleep 300 & echo $! > ${marker}; wait`]);
  const isRunning = (pid) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  const text = () => {
    try {
      return readFileSync(marker, "utf8").trim();
    } catch {
      return "";
    }
  };
  const child = Number(await eventually(text, "the tool's child"));
  assert.ok(isRunning(child));
  stopTools();
  await assert.rejects(tool, /SIGTERM/);
  await eventually(() => !isRunning(child), "the end of the child");
});
