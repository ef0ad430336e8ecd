// A Pusher client's subscription to one conversation's channel. Compares its position with `conversation.position` after each
// reconnect and fetches what it missed, as docs/moving-from-pusher.md describes.
import { Position } from "./position.mjs";

const PAGE = 100;
const POSITION = "conversation.position";

export class ChannelSubscription {
  /** Positions of messages received since the last check -> their ids. */
  known = new Map();
  /** Position after which every message must be received. */
  base = undefined;
  isLive = false;
  #fetches = 0;

  constructor({ participant, journal, channel }) {
    Object.assign(this, { participant, journal, channel });
    this.who = `${participant.user} (${channel.split("-")[0]} channel)`;
    this.position = new Position(journal, this.who);
  }

  get isSettled() {
    return this.isLive && this.#fetches === 0;
  }

  /** The connection is lost; changes until the next one are visible only in pages. */
  lost() {
    this.isLive = false;
  }

  received(event, data) {
    if (event === POSITION) return this.#greeted(data);
    if (data?.seq === undefined) return;
    if (!this.isLive) {
      this.journal.violations.add("out of order", `${this.journal.name} ${data.seq}: ${this.who} had no position yet`);
      return;
    }
    this.position.take(data);
    if (event === "message.created") this.#knows(data.seq, data.id);
  }

  #greeted({ conversation_id, epoch, head }) {
    const { position, journal } = this;
    if (conversation_id !== journal.id)
      journal.violations.add("wrong", `${this.who} got another conversation's position`);
    if (position.epoch !== undefined && position.epoch !== epoch) {
      journal.violations.add("lost", `${journal.name}: the epoch changed for ${this.who}`);
    }
    const seen = position.seq;
    this.base ??= head;
    position.startFrom(epoch, head);
    position.connected("rising");
    this.isLive = true;
    if (seen !== undefined && seen < head) this.#fetch(seen);
    if (seen > head)
      journal.violations.add("lost", `${journal.name}: ${this.who} was at ${seen}, and the head is ${head}`);
  }

  async #fetch(seq) {
    const { participant, journal } = this;
    this.#fetches += 1;
    try {
      for (let after = seq; ; ) {
        const path = `/api/chat/conversations/${journal.id}/messages?limit=${PAGE}&after=${after}`;
        const page = await participant.http.ok("GET", path);
        if (page.data.length === 0) return;
        for (const { seq: at, id } of page.data) this.#knows(at, id);
        after = page.prev_cursor;
      }
    } catch (error) {
      journal.violations.add("unanswered", `${journal.name}: ${this.who} missed messages: ${error.message}`);
    } finally {
      this.#fetches -= 1;
    }
  }

  /** Records an acknowledged own message, whose event the sending connection does not get. */
  own(seq, id, isThisConnection) {
    this.#knows(seq, id);
    if (isThisConnection && this.isLive) this.position.own(seq);
  }

  #knows(seq, id) {
    const known = this.known.get(seq);
    if (known !== undefined && known !== id) {
      this.journal.violations.add("out of order", `${this.journal.name} ${seq}: ${this.who} knows ${known} and ${id}`);
    }
    this.known.set(seq, id);
  }
}
