// Alerts as messages of the Common Alerting Protocol 1.2: libxml2 validates every message of an alert's life against the
// standard's schema.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { validateXML } from "xmllint-wasm";
import { ROOT } from "../../scripts/lib/root.mjs";
import { eventually, startWorld, WIDE } from "../support/world.mjs";

const SCHEMA = { fileName: "cap-1.2.xsd", contents: readFileSync(join(ROOT, "tests/support/cap-1.2.xsd"), "utf8") };
const NOTE = "]]> <b>\"help\" & 'quick'</b>\nat the door 😀";

const validate = async (contents) => {
  const { valid, errors } = await validateXML({ xml: { fileName: "message.xml", contents }, schema: SCHEMA });
  return { valid, errors: errors.map(({ message }) => message) };
};

describe("messages of the Common Alerting Protocol", () => {
  let world, ana, bo, eva, guard;

  before(async () => {
    world = await startWorld({ limits: WIDE });
    ana = world.person("7", { name: "Ana" });
    bo = world.person("72", { name: "Bo" });
    eva = world.person("71", { name: 'Ana "<&>" María' });
    guard = world.person("9", { name: "Guard", permissions: ["view_panic_alerts"] });
  });
  after(() => world.stop());

  const raise = (by, body) => by.ok("POST", "/api/security/alerts", body);
  const act = (by, id, action, body = {}) => by.ok("POST", `/api/security/alerts/${id}/${action}`, body);

  /** The message of an entry, or the newest one, after validation. */
  const message = async (id, { by = guard, entry } = {}) => {
    const path = `/api/security/alerts/${id}${entry ? `?entry=${entry}` : ""}`;
    const headers = { authorization: `Bearer ${by.token}`, accept: "application/cap+xml" };
    const response = await fetch(world.url + path, { headers });
    const xml = await response.text();
    assert.equal(response.status, 200, xml);
    assert.equal(response.headers.get("content-type"), "application/cap+xml");
    assert.deepEqual(await validate(xml), { valid: true, errors: [] }, xml);
    return Object.assign((name) => new RegExp(`<${name}>([^]*?)</${name}>`).exec(xml)?.[1], { xml });
  };

  test("the schema rejects missing, misplaced, unknown and malformed elements", async () => {
    const { id } = await raise(ana, { location: { lat: 1, lng: 2 } });
    const { xml } = await message(id);
    await act(ana, id, "cancel");
    for (const [from, to] of [
      [/<sender>.*<\/sender>\n/, ""],
      [/(<sent>.*<\/sent>)\n(<status>.*<\/status>)/, "$2\n$1"],
      ["Immediate", "Soon"],
      ["<scope>", "<color>red</color><scope>"],
      [/<identifier>/, "<identifier>a b,"],
      [/-00:00<\/sent>/, "Z</sent>"],
      [/<circle>1,2 /, "<circle>1 2 "],
      [/:cap:1\.2/, ":cap:1.1"],
    ]) {
      const changed = xml.replace(from, to);
      assert.notEqual(changed, xml, `${from} is in the message`);
      assert.equal((await validate(changed)).valid, false, `${from}`);
    }
  });

  test("every message of an alert is valid and refers to all earlier ones", async () => {
    const place = { lat: -34.603722, lng: -58.381592, string: "Lobby <2>", accuracy: 12.5 };
    const apartment = { id: 12, address: "Block & A" };
    const { id } = await raise(eva, { id: "cap-1", note: NOTE, location: place, apartment });
    await act(guard, id, "acknowledge");
    await act(guard, id, "respond");
    await act(guard, id, "resolve", { reason: "attended <to>", note: NOTE });
    const newest = await message(id);
    assert.deepEqual(["identifier", "sender", "status", "msgType", "scope", "urgency", "responseType"].map(newest), [
      "cap-1.4",
      "demo@campana.dev",
      "Actual",
      "Update",
      "Restricted",
      "Past",
      "AllClear",
    ]);
    assert.equal(newest("headline"), 'Panic alert, Ana "&lt;&amp;&gt;" María, Block &amp; A');
    assert.match(newest("circle"), /^-34\.603722,-58\.381592 0\.013$/);
    const all = [];
    for (const entry of [1, 2, 3, 4]) all.push(await message(id, { entry }));
    assert.deepEqual(
      all.map((one) => one("msgType")),
      ["Alert", "Update", "Update", "Update"],
    );
    const names = all.map((one) => ["sender", "identifier", "sent"].map(one).join(","));
    assert.deepEqual(
      all.map((one) => one("references")?.split(" ") ?? []),
      names.map((_, place) => names.slice(0, place)),
    );
    assert.equal(all[3].xml, newest.xml);
  });

  test("a change of location has its own message", async () => {
    const admin = world.person("1", { roles: ["admin"] });
    await admin.ok("PATCH", "/api/admin/settings", { alerts: { locations_per_minute: 600 } });
    const { id } = await raise(bo, { location: { lat: 1, lng: 2 } });
    // The app's rate limits how often the trail stores a location.
    const moved = await eventually(async () => {
      await act(bo, id, "location", { lat: 1.5, lng: 2.5 });
      const newest = await message(id);
      return /\.1\.2$/.test(newest("identifier")) && newest;
    }, "the second place in the trail");
    assert.deepEqual(["msgType", "circle"].map(moved), ["Update", "1.5,2.5 0"]);
    assert.equal((await message(id, { entry: 1 }))("circle"), "1,2 0");
    await act(bo, id, "cancel", { reason: "a slip" });
    assert.deepEqual(["msgType", "value"].map(await message(id)), ["Cancel", "cancelled"]);
  });

  test("a drill is an exercise, a missing location has a placeholder, and the app's language applies", async () => {
    const admin = world.person("1", { roles: ["admin"] });
    await admin.ok("PATCH", "/api/admin/settings", { alerts: { language: "es" } });
    const { id } = await raise(guard, { drill: true });
    const own = await message(id, { by: guard });
    assert.deepEqual(["status", "language", "event", "areaDesc", "circle"].map(own), [
      "Exercise",
      "es",
      "Alerta de pánico",
      "desconocido",
      undefined,
    ]);
    await act(guard, id, "cancel");
  });

  test("[I15] under duress the owner's CAP message is that of a cancelled alert", async () => {
    const pins = { cancel_pin: "1234", duress_pin: "4321" };
    const [olga, otto] = ["81", "82"].map((user) => world.person(user, { name: "O" }));
    for (const [person, id, pin] of [
      [olga, "really", "1234"],
      [otto, "seemingly", "4321"],
    ]) {
      await person.ok("PUT", "/api/me/alert-pins", pins);
      await raise(person, { id, location: { lat: 1, lng: 2 } });
      await act(person, id, "cancel", { pin, reason: "a slip" });
    }
    await act(guard, "seemingly", "acknowledge");
    const [real, seeming] = [await message("really", { by: olga }), await message("seemingly", { by: otto })];
    const plain = ({ xml }) => xml.replace(/really|seemingly/g, "id").replace(/\d{4}-\d\d-\d\dT[\d:]+/g, "time");
    assert.equal(plain(seeming), plain(real));
    const forGuards = await message("seemingly");
    assert.deepEqual(["msgType", "value"].map(forGuards), ["Update", "acknowledged"]);
    assert.match((await message("seemingly", { entry: 2 })).xml, /coacción|duress/);
  });
});
