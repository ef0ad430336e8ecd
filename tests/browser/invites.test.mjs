// Invites and moderation on the page: the affected user sees them immediately, and the moderator sees the outcome.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { seedDemo } from "../../scripts/lib/demo.mjs";
import { PHONE, startBrowser } from "../support/browser.mjs";
import { startWorld, WIDE } from "../support/world.mjs";

const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

describe("invites and moderation on the page", () => {
  let world, browser, folder, admin, mo;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "campana-demo-"));
    world = await startWorld({ limits: WIDE });
    await seedDemo(world.url, folder);
    browser = await startBrowser();
    admin = world.person("1", { name: "Admin", roles: ["admin"] });
    mo = world.person("8", { name: "Ben" });
  });
  after(async () => {
    await browser?.stop();
    await world?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A room that Ben moderates. */
  const moderated = async (name, people = [], visibility = "private") => {
    const room = await admin.ok("POST", "/api/chat/rooms", {
      name,
      visibility,
      description: "Once a month, on Thursdays",
    });
    for (const user_id of ["8", ...people]) {
      await admin.ok("POST", `/api/chat/rooms/${room.id}/members`, { user_id });
    }
    await admin.ok("PUT", `/api/chat/rooms/${room.id}/members/8`, { role: "moderator" });
    return room;
  };
  const linkTo = async (room, draft = {}) => {
    const { token } = await mo.ok("POST", `/api/chat/rooms/${room.id}/invites`, draft);
    return `/invite/${token}`;
  };
  const member = (window, name) => window.page.locator(".member", { hasText: name });
  const moderate = async (window, name, act) => {
    await window.button(`What to do about ${name}`).click();
    await window.button(act).click();
  };

  test("a link is created, copied, opened by a visitor who first signs in, and used", async () => {
    await moderated("Book club");
    const ben = await browser.window(world, "ben");
    await ben.context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await ben.open("Book club");
    await ben.button("Invite").click();
    await ben.page.getByText("No open invites.").waitFor();
    await ben.page.getByLabel("For how many").selectOption("5");
    await ben.button("Make a link").click();
    await ben.page.getByText("0 of 5 used").waitFor();
    const url = await ben.page.getByLabel("The link").inputValue();
    await ben.button("Copy").click();
    await ben.button("Copied").waitFor();
    assert.equal(await ben.page.evaluate(() => navigator.clipboard.readText()), url);
    await ben.accessible("the invite panel");
    await ben.screenshot("invite-panel");

    const ana = await browser.window(world, "nobody-of-that-name", { path: new URL(url).pathname });
    await ana.button("Ana").click();
    await ana.page.getByRole("heading", { name: "Book club" }).waitFor();
    await ana.page.getByText("Ben invites you").waitFor();
    await ana.accessible("an invite");
    await ana.screenshot("invite-page");
    await ana.button("Join").click();
    await ana.isLive();
    await ana.item("Book club").waitFor();
    await ben.page.getByText("1 of 5 used").waitFor();
    await ben.button("Revoke the invite: Link").click();
    await ben.page.getByText("No open invites.").waitFor();
    await ben.button("Close").click();
    await ben.button("People").click();
    await member(ben, "Ana").waitFor();
    await ana.write("Thank you for the link!");
    await ben.bubble("Thank you for the link!").waitFor();
    assert.deepEqual([...ana.errors, ...ben.errors], []);
    await Promise.all([ana.close(), ben.close()]);
  });

  test("an invalid link shows the reason, and a member's link opens the room", async () => {
    const room = await moderated("Chess");
    const [used, revoked, good] = [await linkTo(room, { max_uses: 1 }), await linkTo(room), await linkTo(room)];
    const carla = world.person("9", { name: "Carla" });
    await carla.ok("POST", `/api/chat/invites/${used.slice("/invite/".length)}/accept`);
    const { data } = await mo.ok("GET", `/api/chat/rooms/${room.id}/invites`);
    await mo.ok("DELETE", `/api/chat/rooms/${room.id}/invites/${data[1].id}`);
    await mo.ok("POST", `/api/chat/rooms/${room.id}/members/10/ban`, { until: inAnHour() });
    for (const [person, path, words] of [
      ["ana", used, "This invite is used up"],
      ["ana", revoked, "This invite was taken back."],
      ["ana", "/invite/never-was-one", "This invite does not exist"],
    ]) {
      const window = await browser.window(world, person, { path });
      await window.page.getByRole("alert").filter({ hasText: words }).waitFor();
      if (path === revoked) await window.screenshot("invite-revoked");
      await window.close();
    }
    const david = await browser.window(world, "david", { path: good });
    await david.button("Join").click();
    await david.page.getByRole("alert").filter({ hasText: "You are banned from this room until" }).waitFor();
    await david.close();
    const inside = await browser.window(world, "carla", { path: good, viewport: PHONE });
    await inside.page.getByText("You are in this room already.").waitFor();
    await inside.fits();
    await inside.screenshot("phone-invite-member");
    await inside.button("Open the room").click();
    await inside.isLive();
    await inside.close();
  });

  test("an invited user sees the invite on every device immediately, and answers there", async () => {
    await moderated("Choir");
    const [ben, ana, phone] = await Promise.all([
      browser.window(world, "ben"),
      browser.window(world, "ana"),
      browser.window(world, "ana", { viewport: PHONE }),
    ]);
    await ana.open("Lobby");
    await phone.item("Lobby").waitFor();
    await ben.open("Choir");
    await ben.button("Invite").click();
    await ben.searchPeople("an");
    await ben.button("Invite Ana").click();
    await ben.page.getByText("Invited", { exact: true }).waitFor();
    await ben.button("Revoke the invite: Ana").waitFor();
    await ben.screenshot("invite-person");

    await ana.page.locator(".invite-news", { hasText: "Ben invites you to Choir." }).waitFor({ state: "attached" });
    await ana.screenshot("invited");
    await ana.accessible("an invite in the sidebar");
    await phone.button("Accept the invite to Choir").waitFor();
    await phone.fits();
    await phone.screenshot("phone-invited");
    await ana.button("Accept the invite to Choir").click();
    await ana.item("Choir").waitFor();
    await ana.page.getByRole("heading", { name: "Choir" }).waitFor();
    await phone.item("Choir").waitFor();
    await phone.button("Accept the invite to Choir").waitFor({ state: "detached" });
    await ben.page.getByText("No open invites.").waitFor();

    await moderated("Garden");
    await ben.button("Close").click();
    await ben.open("Garden");
    await ben.button("Invite").click();
    await ben.searchPeople("ana");
    await ben.button("Invite Ana").click();
    await phone.button("Decline the invite to Garden").click();
    await ana.button("Accept the invite to Garden").waitFor({ state: "detached" });
    await ben.page.getByText("No open invites.").waitFor();
    assert.equal(await ana.item("Garden").count(), 0);
    assert.deepEqual([...ana.errors, ...ben.errors, ...phone.errors], []);
    await Promise.all([ben.close(), ana.close(), phone.close()]);
  });

  test("a muted user sees it in the composer, and can write again when the mute is lifted or expires", async () => {
    const room = await moderated("Quiet corner", ["7"]);
    const [ben, ana] = [await browser.window(world, "ben"), await browser.window(world, "ana")];
    await Promise.all([ben.open("Quiet corner"), ana.open("Quiet corner")]);
    await ana.field.fill("half a thou");
    await ben.button("People").click();
    await moderate(ben, "Ana", "Mute for 1 hour");
    await ana.page.getByText(/^You are muted here until/).waitFor();
    assert.equal(await ana.field.count(), 0);
    await member(ben, "Ana").getByText("Muted until").waitFor();
    await ana.screenshot("muted");
    await ben.button("What to do about Ana").click();
    await ben.accessible("the people of a room");
    await ben.screenshot("people-panel");
    await ben.button("Unmute").click();
    await ana.field.waitFor();
    assert.equal(await ana.field.inputValue(), "half a thou", "the draft is kept");

    // Muted before the page opens, then shortened, so that the mute expires by itself.
    await ana.close();
    const mute = (until) => mo.ok("POST", `/api/chat/rooms/${room.id}/members/7/mute`, { until });
    await mute(inAnHour());
    const phone = await browser.window(world, "ana", { viewport: PHONE });
    await phone.open("Quiet corner");
    await phone.page.getByText(/^You are muted here until/).waitFor();
    await phone.fits();
    await phone.screenshot("phone-muted");
    await mute(new Date(Date.now() + 2_000).toISOString());
    await phone.field.waitFor();
    await phone.write("Back again");
    await ben.bubble("Back again").waitFor();
    assert.deepEqual([...ben.errors, ...ana.errors, ...phone.errors], []);
    await Promise.all([ben.close(), phone.close()]);
  });

  test("a banned or removed user sees the reason in the open pane, and can rejoin when allowed", async () => {
    const room = await moderated("Market", ["7", "9"], "public");
    const [ben, ana] = [await browser.window(world, "ben"), await browser.window(world, "ana")];
    await Promise.all([ben.open("Market"), ana.open("Market")]);
    await ben.button("People").click();
    await moderate(ben, "Ana", "Ban");
    await ben.page.getByLabel("Reason, which they will see").fill("Selling lottery tickets");
    await ben.screenshot("ban-form");
    await ben.button("Ban Ana").click();
    const why = ana.page.getByRole("alert").filter({ hasText: "You were banned from Market." });
    await why.getByText("Reason: Selling lottery tickets").waitFor();
    await ana.item("Market").waitFor({ state: "detached" });
    await ana.accessible("the end of a membership");
    await ana.screenshot("banned");
    await ben.button("Lift the ban of Ana").waitFor();
    await ben.screenshot("bans");
    await ben.button("Lift the ban of Ana").click();
    await ben.button("Lift the ban of Ana").waitFor({ state: "detached" });
    await admin.ok("POST", `/api/chat/rooms/${room.id}/members/9/ban`, { reason: "The other one with tickets" });
    await ben.button("Lift the ban of Carla").waitFor();
    await ben.page.getByText("The other one with tickets").waitFor();

    // After rejoining, the pane with the reason shows the room again.
    await ana.button("Join Market").click();
    await ana.isLive();
    await member(ben, "Ana").waitFor();
    await moderate(ben, "Ana", "Remove");
    await ben.button("Really remove?").click();
    await ana.page.getByRole("alert").filter({ hasText: "You were removed from Market." }).waitFor();
    await member(ben, "Ana").waitFor({ state: "detached" });
    await mo.ok("POST", `/api/chat/rooms/${room.id}/members`, { user_id: "7" });
    await ana.item("Market").waitFor();
    await ana.isLive();
    assert.deepEqual([...ben.errors, ...ana.errors], []);
    await Promise.all([ben.close(), ana.close()]);
  });

  test("the panels on a phone in dark mode", async () => {
    await moderated("Harbour", ["7", "9", "10"]);
    const room = await browser.window(world, "ben", { viewport: PHONE, colorScheme: "dark" });
    await room.open("Harbour");
    await room.screenshot("phone-room");
    await room.button("People").click();
    await room.button("What to do about Carla").click();
    await room.fits();
    await room.accessible("the people of a room on a phone");
    await room.screenshot("phone-people");
    await room.button("Close").click();
    await room.settings();
    await room.button("Invite").click();
    await room.button("Make a link").click();
    await room.page.getByLabel("The link").waitFor();
    await room.button("Invite Ana").or(room.page.getByText("Is here already").first()).waitFor();
    await room.fits();
    await room.accessible("the invite panel on a phone");
    await room.screenshot("phone-invite");
    assert.deepEqual(room.errors, []);
    await room.close();
  });
});
