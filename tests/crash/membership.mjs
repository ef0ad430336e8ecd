// The public room that users join and leave. Compares its members with the acknowledged changes, over HTTP and in every client
// that follows the events.
import { eventually } from "../support/eventually.mjs";

export class Membership {
  /** Visitor -> whether they are a member, according to the responses. */
  #joined = new Map();
  #changing = new Set();

  /** @param {object} options `residents` stay, and read the room; `visitors` join and leave */
  constructor({ journal, residents, visitors, violations, tally, patience }) {
    Object.assign(this, { journal, residents, visitors, violations, tally, patience });
  }

  /** Loads the members for each resident before the first visitor joins. */
  async begin() {
    for (const resident of this.residents) {
      const position = resident.readers.get(this.journal)?.position;
      if (position) position.members = new Set(await resident.membersOf(this.journal));
    }
  }

  /** Joins or leaves. */
  async change(participant) {
    if (!this.visitors.includes(participant) || this.#changing.has(participant)) return;
    this.#changing.add(participant);
    await this.#change(participant).finally(() => this.#changing.delete(participant));
  }

  async #change({ user, http }) {
    const isMember = this.#joined.get(user) === true;
    const path = `/api/chat/rooms/${this.journal.room}/${isMember ? "leave" : "join"}`;
    const { status, tries } = await http.request("POST", path);
    // A repeated leave is refused, because only a member can leave.
    const hasLeft = isMember && status === 403 && tries > 1;
    if (status >= 300 && !hasLeft) throw new Error(`${path} was answered with ${status}`);
    this.#joined.set(user, !isMember);
    this.tally.acknowledged("memberships");
  }

  async check() {
    const { journal, residents } = this;
    const visitors = [...this.#joined].filter(([, isMember]) => isMember).map(([user]) => user);
    const admin = ["admin"];
    const wanted = [...visitors, ...residents.map(({ user }) => user), ...admin].sort().join();
    const shown = (await residents[0].membersOf(journal)).sort().join();
    if (shown !== wanted) this.violations.add("lost", `${journal.name}: members are ${shown}, not ${wanted}`);
    const misled = () =>
      residents
        .filter(({ isAway, readers }) => !isAway && readers.has(journal))
        .map(({ readers }) => readers.get(journal).position)
        .filter(({ members }) => [...members].sort().join() !== shown);
    await eventually(() => misled().length === 0, "everybody to know the members", this.patience.ms).catch(() => {});
    for (const { who, members } of misled()) {
      this.violations.add("lost", `${journal.name}: ${who} knows ${[...members].sort()} as members, not ${shown}`);
      // Otherwise each later check reports the same event again.
      members.clear();
      for (const user of shown.split(",")) members.add(user);
    }
  }
}
