// The room that people walk into and out of all the time: who is a member is what was acknowledged, for HTTP, the record and
// everybody who follows the events.
import { eventually } from "../support/eventually.mjs";

export class Door {
  /** Visitor -> whether they are inside, as far as was answered. */
  #inside = new Map();
  #passing = new Set();

  /** @param {object} options `residents` stay, and read the room; `visitors` come and go */
  constructor({ journal, residents, visitors, faults, tally, patience }) {
    Object.assign(this, { journal, residents, visitors, faults, tally, patience });
  }

  /** Residents know who is there before anybody comes. */
  async begin() {
    for (const resident of this.residents) {
      const position = resident.readers.get(this.journal)?.position;
      if (position) position.members = new Set(await resident.membersOf(this.journal));
    }
  }

  /** Walks in, or out. */
  async pass(participant) {
    if (!this.visitors.includes(participant) || this.#passing.has(participant)) return;
    this.#passing.add(participant);
    await this.#pass(participant).finally(() => this.#passing.delete(participant));
  }

  async #pass({ user, caller }) {
    const isInside = this.#inside.get(user) === true;
    const path = `/api/chat/rooms/${this.journal.room}/${isInside ? "leave" : "join"}`;
    const { status, tries } = await caller.insist("POST", path);
    // Whoever repeats it is out already, and only a member can leave.
    const isOut = isInside && status === 403 && tries > 1;
    if (status >= 300 && !isOut) throw new Error(`${path} was answered with ${status}`);
    this.#inside.set(user, !isInside);
    this.tally.acknowledged("memberships");
  }

  async check() {
    const { journal, residents } = this;
    const visitors = [...this.#inside].filter(([, isInside]) => isInside).map(([user]) => user);
    const admin = ["admin"];
    const wanted = [...visitors, ...residents.map(({ user }) => user), ...admin].sort().join();
    const shown = (await residents[0].membersOf(journal)).sort().join();
    if (shown !== wanted) this.faults.add("lost", `${journal.name}: members are ${shown}, not ${wanted}`);
    const misled = () =>
      residents
        .filter(({ isAway, readers }) => !isAway && readers.has(journal))
        .map(({ readers }) => readers.get(journal).position)
        .filter(({ members }) => [...members].sort().join() !== shown);
    await eventually(() => misled().length === 0, "everybody to know the members", this.patience.ms).catch(() => {});
    for (const { who, members } of misled()) {
      this.faults.add("lost", `${journal.name}: ${who} knows ${[...members].sort()} as members, not ${shown}`);
      // Of what was not told once each round would tell again.
      members.clear();
      for (const user of shown.split(",")) members.add(user);
    }
  }
}
