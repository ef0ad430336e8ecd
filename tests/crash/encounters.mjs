// People who write to each other for the first time: the conversation is made with the message, once for each two of them.
import { Journal } from "./journal.mjs";

/** Pairs who meet in a run, at most: each is read at every look. */
const MOST = 30;

export class Encounters {
  #pairs = new Map();

  /** @param {object} options `known`: conversations that exist already; `onMet` gets each new one */
  constructor({ participants, known, faults, tally, onMet }) {
    Object.assign(this, { participants, faults, tally, onMet });
    for (const { id, users, room } of known) if (!room) this.#pairs.set(pairOf(users), { id, isKnown: true });
  }

  /** Writes to somebody by their id alone. */
  async meet(participant, chance, body) {
    const other = chance.pick(this.participants.filter((one) => one !== participant));
    const users = [participant.user, other.user];
    const pair = pairOf(users);
    const met = this.#pairs.get(pair);
    if (met?.isKnown || (!met && this.#pairs.size >= MOST)) return;
    const key = participant.newKey();
    const asked = { recipient_id: other.user, message: body, client_msg_id: key };
    const { status, body: message } = await participant.caller.insist("POST", "/api/chat/messages/private", asked);
    if (status !== 200 && status !== 201) throw new Error(`a private message was answered with ${status}`);
    const journal = this.#of(pair, users, message.conversation_id);
    journal.sent(participant.user, key, body, message);
  }

  #of(pair, users, id) {
    const met = this.#pairs.get(pair);
    if (met) {
      if (met.id !== id) this.faults.add("doubled", `the conversation of ${pair} is ${met.id} and ${id}`);
      return met.journal;
    }
    const journal = new Journal({ id, name: `${pair}, who met`, users, room: undefined }, this.faults, this.tally);
    this.#pairs.set(pair, { id, journal });
    this.onMet(journal);
    return journal;
  }
}

function pairOf(users) {
  return [...users].sort().join(" and ");
}
