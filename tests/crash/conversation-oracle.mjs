// Compares a conversation with its journal: every reader's events, the history over HTTP, the record, the unread counts. Runs
// while no request is pending.
import { eventually } from "../support/eventually.mjs";

const PAGE = 100;

export class ConversationOracle {
  /** Position up to which everything was compared. */
  #checked = 0;
  #before = 0;
  /** Positions without a received event, because all readers loaded pages. */
  #onPages = new Set();

  constructor({ world, journal, participants, violations, patience }) {
    Object.assign(this, { world, journal, violations, patience });
    this.members = participants.filter(({ user }) => journal.users.includes(user));
    // New direct conversations have no client that reads them.
    this.readers = this.members.filter(({ journals }) => journals.includes(journal));
    this.path = `/api/chat/conversations/${journal.id}`;
  }

  get #http() {
    return this.members[0].http;
  }

  /** Loads the state before the first action. */
  async begin() {
    const page = await this.#http.ok("GET", `${this.path}/messages?limit=1`);
    this.#checked = page.head;
    this.#before = page.head;
    this.epoch = page.epoch;
    // A new member's marker starts at the current position.
    for (const [user, seq] of await this.#markers()) {
      Object.assign(this.journal.markers.get(user) ?? {}, { acknowledged: seq, requested: seq });
    }
  }

  /** Compares everything again from the first message on. */
  async checkAll() {
    this.#checked = this.#before;
    await this.check();
  }

  async check() {
    const { epoch, head } = await this.#http.ok("GET", `${this.path}/messages?limit=1`);
    this.epoch ??= epoch;
    if (epoch !== this.epoch) this.#violation("lost", "the epoch is another one");
    if (this.readers.length > 0) await this.#readers(head);
    this.#positions(head);
    await this.#history();
    await this.#record();
    await this.#unread();
    await this.#audits();
    this.journal.changed.clear();
    this.#checked = head;
  }

  #violation(kind, about) {
    this.violations.add(kind, `${this.journal.name}: ${about}`);
  }

  /** Every reader received every event once and in order, and has every message's current state. */
  async #readers(head) {
    const { journal, readers } = this;
    const isThere = (member) => member.positionIn(journal).isAt(head) && member.isSettledIn(journal);
    const late = () => readers.filter((member) => !member.isAway && !isThere(member));
    await eventually(() => late().length === 0, "all readers", this.patience.ms).catch(() => {});
    for (const member of late())
      this.#violation("lost", `${member.user} is ${member.positionIn(journal).standing} of ${head}`);
    const wanted = journal.messagesAfter(this.#checked);
    for (const member of readers.filter(({ isAway }) => !isAway)) {
      const { received, who } = member.positionIn(journal);
      for (const [id, body] of received) {
        const message = journal.messages.get(id);
        if (!message) this.#violation("wrong", `${who} knows the message ${id}, which nobody had acknowledged`);
        else if (message.body !== body) this.#violation("wrong", `${who} knows another text of ${message.seq}`);
      }
      received.clear();
      const subscription = member.pusher?.of(journal);
      if (subscription) this.#subscription(subscription, wanted, head);
    }
  }

  #subscription(subscription, wanted, head) {
    for (const { seq, id } of wanted.filter(({ seq }) => seq > subscription.base)) {
      if (subscription.known.get(seq) !== id) this.#violation("lost", `${subscription.who} does not have ${seq}`);
    }
    subscription.known.clear();
    subscription.base = head;
  }

  /** Every position has an event unless all readers loaded pages, and no event has a position above the head. */
  #positions(head) {
    const { events } = this.journal;
    const positions = this.readers.filter(({ isAway }) => !isAway).map((member) => member.positionIn(this.journal));
    const isFollowed = positions.some(({ hasSkipped }) => !hasSkipped);
    for (let seq = this.#checked + 1; seq <= head; seq++) {
      if (events.has(seq)) continue;
      if (!isFollowed) this.#onPages.add(seq);
      else if (!this.#onPages.has(seq)) this.#violation("lost", `nobody was told of ${seq}`);
    }
    for (const position of positions) position.hasSkipped = false;
    for (const [seq, what] of events)
      if (seq > head) this.#violation("lost", `${what} had ${seq}, and the head is ${head}`);
  }

  async #history() {
    const { journal } = this;
    const found = [];
    for (let after = this.#checked; ; ) {
      const page = await this.#http.ok("GET", `${this.path}/messages?limit=${PAGE}&after=${after}`);
      if (page.data.length === 0) break;
      found.push(...page.data.reverse());
      after = page.prev_cursor;
    }
    this.#compare("the history", found, journal.messagesAfter(this.#checked));
    for (const id of journal.changed) {
      const { seq, body } = journal.messages.get(id);
      if (seq > this.#checked) continue;
      const page = await this.#http.ok("GET", `${this.path}/messages?limit=1&around=${id}`);
      const shown = page.data.find((message) => message.id === id);
      if (!shown) this.#violation("lost", `${seq} is not in the history around it`);
      else if (shown.body !== body) this.#violation("wrong", `a change of ${seq} is not in the history`);
    }
  }

  /** The shown messages are exactly the acknowledged ones, in order. */
  #compare(where, found, wanted) {
    const isWanted = new Map(wanted.map((message) => [message.id, message]));
    const isFound = new Set(found.map(({ id }) => id));
    for (const { id, seq } of wanted) if (!isFound.has(id)) this.#violation("lost", `${seq} is not in ${where}`);
    let last = 0;
    for (const { id, seq, sender_id, client_msg_id, body } of found) {
      if (seq <= last) this.#violation("out of order", `${seq} after ${last} in ${where}`);
      last = seq;
      const message = isWanted.get(id);
      if (!message)
        this.#violation("doubled", `${seq} in ${where} is ${sender_id} ${client_msg_id}, which is not its message`);
      else if (message.seq !== seq) this.#violation("out of order", `${message.seq} is ${seq} in ${where}`);
      else if (message.sender !== sender_id || message.key !== client_msg_id) {
        this.#violation("wrong", `${seq} in ${where} is of ${sender_id} ${client_msg_id}`);
      } else if (message.body !== body) this.#violation("wrong", `${seq} has another text in ${where}`);
    }
  }

  /** The record catches up with all messages, edits and deletions. */
  async #record() {
    const { journal } = this;
    const wanted = journal.messagesAfter(this.#checked);
    const older = [...journal.changed].filter((id) => journal.messages.get(id).seq <= this.#checked);
    const rows = () =>
      this.world.rows(
        `SELECT id, seq, sender_id, client_msg_id, body FROM messages WHERE conversation_id = ?1
          AND (seq > ?2 OR id IN (SELECT value FROM json_each(?3))) ORDER BY seq`,
        journal.id,
        this.#checked,
        JSON.stringify(older),
      );
    const all = [...older.map((id) => ({ id, ...journal.messages.get(id) })), ...wanted];
    const byId = new Map(all.map((message) => [message.id, message]));
    const isLevel = (found) =>
      found.length === all.length && found.every(({ id, body }) => byId.get(id)?.body === body);
    let found = [];
    await eventually(
      async () => {
        found = await rows();
        return isLevel(found);
      },
      "the record to catch up",
      this.patience.ms,
    ).catch(() => {});
    this.#compare("the record", found, all);
    // The system messages about the first members came before.
    const count = "SELECT COUNT(*) n FROM messages WHERE conversation_id = ?1 AND seq > ?2";
    const [{ n }] = await this.world.rows(count, journal.id, this.#before);
    if (n !== journal.messages.size)
      this.#violation("wrong", `the record has ${n} messages of ${journal.messages.size}`);
  }

  /** Markers are at their acknowledged positions, and unread counts match them. */
  async #unread() {
    const { journal } = this;
    let wrong = [];
    let markers;
    await eventually(
      async () => {
        markers = await this.#markers();
        wrong = this.#misplaced(markers);
        return wrong.length === 0;
      },
      "the markers",
      this.patience.ms,
    ).catch(() => {});
    for (const about of wrong) this.#violation("wrong", about);
    const standing = [...journal.messages.values()].filter(({ body }) => body !== null);
    await Promise.all(
      this.members.map(async ({ user, http }) => {
        const { unread_count } = await http.ok("GET", this.path);
        const counted = standing.filter(({ seq }) => seq > markers.get(user)).length;
        if (unread_count !== counted)
          this.#violation("wrong", `${user} has ${unread_count} unread, and ${counted} are`);
      }),
    );
  }

  /** Each deletion by a moderator has one entry in the audit log. */
  async #audits() {
    const { moderation, audited } = this.journal;
    if (moderation.size === 0) return;
    const sql = `SELECT target_id, COUNT(*) n FROM admin_audits WHERE action = 'message.deleted'
      AND target_id IN (SELECT value FROM json_each(?1)) GROUP BY target_id`;
    let counts;
    const isWhole = () => [...audited].every((id) => counts.has(id));
    await eventually(
      async () => {
        const rows = await this.world.rows(sql, JSON.stringify([...moderation]));
        counts = new Map(rows.map(({ target_id, n }) => [target_id, n]));
        return isWhole();
      },
      "the audit log",
      this.patience.ms,
    ).catch(() => {});
    for (const id of audited)
      if (!counts.has(id)) this.#violation("lost", `the deletion of ${id} is not in the audit log`);
    for (const [id, n] of counts)
      if (n > 1) this.#violation("doubled", `the deletion of ${id} is in the audit log ${n} times`);
  }

  /** All markers in the record. */
  async #markers() {
    const sql = "SELECT user_id, last_read_seq FROM members WHERE conversation_id = ?1";
    const rows = await this.world.rows(sql, this.journal.id);
    return new Map(rows.map(({ user_id, last_read_seq }) => [user_id, last_read_seq]));
  }

  /** Descriptions of misplaced markers. */
  #misplaced(markers) {
    return [...this.journal.markers].flatMap(([user, { acknowledged, requested }]) => {
      const at = markers.get(user);
      return at >= acknowledged && at <= requested
        ? []
        : [`the marker of ${user} is ${at}, not ${acknowledged} to ${requested}`];
    });
  }
}
