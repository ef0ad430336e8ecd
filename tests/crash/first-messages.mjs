// First messages between two users: the request creates the direct conversation, once per pair.
import { Journal } from "./journal.mjs";

/** Conversations created in a run at most: every check reads each of them. */
const MOST = 30;

export class FirstMessages {
  #pairs = new Map();

  /** @param {object} options `known`: conversations that exist already; `onConversation` gets each new one */
  constructor({ participants, known, violations, tally, onConversation }) {
    Object.assign(this, { participants, violations, tally, onConversation });
    for (const { id, users, room } of known) if (!room) this.#pairs.set(pairOf(users), { id, isKnown: true });
  }

  /** Sends a private message to a user id. */
  async send(participant, random, body) {
    const other = random.pick(this.participants.filter((one) => one !== participant));
    const users = [participant.user, other.user];
    const pair = pairOf(users);
    const known = this.#pairs.get(pair);
    if (known?.isKnown || (!known && this.#pairs.size >= MOST)) return;
    const key = participant.newKey();
    const request = { recipient_id: other.user, message: body, client_msg_id: key };
    const { status, body: message } = await participant.http.request("POST", "/api/chat/messages/private", request);
    if (status !== 200 && status !== 201) throw new Error(`a private message was answered with ${status}`);
    const journal = this.#of(pair, users, message.conversation_id);
    journal.sent(participant.user, key, body, message);
  }

  #of(pair, users, id) {
    const known = this.#pairs.get(pair);
    if (known) {
      if (known.id !== id) this.violations.add("doubled", `the conversation of ${pair} is ${known.id} and ${id}`);
      return known.journal;
    }
    const journal = new Journal({ id, name: `${pair} (new)`, users, room: undefined }, this.violations, this.tally);
    this.#pairs.set(pair, { id, journal });
    this.onConversation(journal);
    return journal;
  }
}

function pairOf(users) {
  return [...users].sort().join(" and ");
}
