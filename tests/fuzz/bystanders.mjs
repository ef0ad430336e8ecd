// People who do nothing wrong while others do: each hears a numbered message a few times a second, by a native socket, a
// stream of events, pusher-js and a dashboard of alerts. Whoever misses one, hears one twice, out of order or late has
// been disturbed.
import { Pusher, place } from "../support/pusher.mjs";
import { Link } from "./link.mjs";

const EVERY_MS = 250;
/** Who is silent for the idle time is closed. */
const PING_MS = 25_000;
/** Places in the trail of one alert: it keeps no more than twice as many. */
const PLACES_OF_AN_ALERT = 10_000;
const BEACON = "bystander-alert-";
const MOST_DELAY_MS = 1_000;
const PATIENCE_MS = 15_000;
const TICK = /^tick (\d+)$/;
const ALERTS = "/api/security/alerts";
const KEPT_DELAYS = 100_000;

/** What one of them hears. */
class Hearing {
  next = 1;
  delays = [];

  constructor(name, clock, disturbed) {
    Object.assign(this, { name, clock, disturbed });
  }

  /** What is said again with the next thing that happens is heard once. */
  heardAtLeast(number) {
    if (number !== this.next - 1) this.heard(number);
  }

  heard(number) {
    const delay = this.clock.delayOf(number);
    if (number < this.next) return this.disturbed(`${this.name} hears message ${number} after ${this.next - 1}`);
    if (number > this.next) this.disturbed(`${this.name} misses ${this.next} to ${number - 1}`);
    this.next = number + 1;
    if (delay > MOST_DELAY_MS) this.disturbed(`${this.name} hears message ${number} ${Math.round(delay)} ms late`);
    if (this.delays.length < KEPT_DELAYS) this.delays.push(delay);
  }

  over(why) {
    if (!this.isOver) this.disturbed(`${this.name} is gone: ${why}`);
  }
}

/** Durable events of a conversation, which leave no number out. */
class Sequence {
  constructor(hearing, head) {
    Object.assign(this, { hearing, head });
  }

  came(seq) {
    if (seq !== this.head + 1) this.hearing.disturbed(`${this.hearing.name} hears of event ${seq} after ${this.head}`);
    this.head = seq;
  }
}

/** When numbered messages were sent. */
class Clock {
  sent = new Map();
  last = 0;

  constructor(stalls) {
    this.stalls = stalls;
  }

  begin() {
    this.last += 1;
    this.sent.set(this.last, performance.now());
    this.sent.delete(this.last - 1_000);
    return this.last;
  }

  delayOf(number) {
    const [from, to] = [this.sent.get(number) ?? 0, performance.now()];
    return Math.max(0, to - from - this.stalls.between(from, to));
  }
}

export class Bystanders {
  /** Messages of the writer that were acknowledged. */
  hearings = [];
  #over = false;
  #loops = [];

  /**
   * @param {(what: string) => void} disturbed
   * @param {(person: {user: string, tenant: string}, ack: object) => void} acknowledged
   */
  constructor(world, stalls, disturbed, acknowledged) {
    Object.assign(this, { world, stalls, disturbed, acknowledged });
    this.people = ["writer", "native", "stream", "pusher"].map((name) => world.person(`bystander-${name}`));
    this.guard = world.person("bystander-guard", { permissions: ["view_panic_alerts"] });
    this.beacon = world.person("bystander-beacon");
  }

  /** Everybody listens, and the writers begin. */
  async start(room) {
    const [writer, native, stream, pusher] = this.people;
    this.room = room;
    const [chat, desk] = [new Clock(this.stalls), new Clock(this.stalls)];
    this.clocks = [chat, desk];
    const conversation = room.conversation_id;
    await this.#native(native, conversation, this.#hearing("a native socket", chat));
    await this.#stream(stream, conversation, this.#hearing("a stream of events", chat));
    await this.#pusher(pusher, conversation, this.#hearing("pusher-js", chat));
    await this.#dashboard(this.#hearing("a dashboard", desk));
    this.#loops = [this.#write(writer, conversation, chat), this.#move(desk)];
  }

  #hearing(name, clock) {
    const hearing = new Hearing(name, clock, this.disturbed);
    this.hearings.push(hearing);
    return hearing;
  }

  #dial(person, path, hear) {
    const protocols = ["campana.v1", `bearer.${person.token}`];
    const link = new Link(this.world.engine.socketUrl + path, protocols, hear);
    this.world.chats.push(link);
    const pinging = setInterval(() => link.tell("ping"), PING_MS);
    link.ended.then(() => clearInterval(pinging));
    return link;
  }

  async #native(person, conversation, hearing) {
    let sequence;
    const link = this.#dial(person, `/api/chat/conversations/${conversation}/socket`, (frame) => {
      if (frame.type === "welcome") sequence = new Sequence(hearing, frame.head);
      if (frame.event === undefined || frame.seq === undefined) return;
      sequence.came(frame.seq);
      this.#tick(hearing, frame);
    });
    link.ended.then(({ code }) => hearing.over(`closed with ${code}`));
    await this.#welcome(link);
  }

  async #stream(person, conversation, hearing) {
    const stopping = new AbortController();
    const response = await fetch(`${this.world.url}/api/chat/conversations/${conversation}/events`, {
      headers: { authorization: `Bearer ${person.token}` },
      signal: stopping.signal,
    });
    if (response.status !== 200) throw new Error(`the stream was refused: ${response.status}`);
    let begun;
    const welcome = new Promise((resolve) => {
      begun = resolve;
    });
    let sequence;
    const take = (block) => {
      const data = block.split("\n").find((line) => line.startsWith("data: "));
      if (!data) return;
      const frame = JSON.parse(data.slice("data: ".length));
      if (block.startsWith("event: welcome")) {
        sequence = new Sequence(hearing, frame.head);
        begun();
      } else if (frame.seq !== undefined) {
        sequence.came(frame.seq);
        this.#tick(hearing, frame);
      }
    };
    const reading = (async () => {
      let text = "";
      for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
        const blocks = (text + chunk).split("\n\n");
        text = blocks.pop();
        blocks.forEach(take);
      }
    })();
    reading.then(
      () => hearing.over("it ended"),
      (error) => hearing.over(error.message),
    );
    this.world.chats.push({ terminate: () => stopping.abort() });
    await welcome;
  }

  async #pusher(person, conversation, hearing) {
    const endpoint = `${this.world.url}/broadcasting/auth`;
    const headers = { authorization: `Bearer ${person.token}` };
    const channelAuthorization = { transport: "ajax", endpoint, headers };
    const client = new Pusher("demo-key", { ...place(this.world), channelAuthorization });
    this.world.chats.push({ terminate: () => client.disconnect() });
    client.connection.bind("state_change", ({ previous, current }) => {
      if (previous === "connected") hearing.over(`${previous}, then ${current}`);
    });
    const channel = client.subscribe(`private-conversation.${conversation}`);
    channel.bind("message.created", (frame) => this.#tick(hearing, frame));
    await new Promise((resolve, reject) => {
      channel.bind("pusher:subscription_succeeded", resolve);
      channel.bind("pusher:subscription_error", (error) => reject(new Error(JSON.stringify(error))));
    });
  }

  async #dashboard(hearing) {
    await this.guard.ok("GET", "/api/me");
    await this.#raise(1);
    let last = 0;
    const link = this.#dial(this.guard, `${ALERTS}/socket`, ({ seq, id, partial }) => {
      // What a backend publishes on the desk's channels has no place in its order.
      if (seq === undefined) return;
      if (seq <= last) hearing.disturbed(`${hearing.name} hears of event ${seq} after ${last}`);
      last = seq;
      if (!id.startsWith(BEACON)) return;
      const number = TICK.exec(partial.location?.string ?? "")?.[1];
      // The alert goes on: whatever else happens to it is told with the place it has.
      if (number) hearing.heardAtLeast(Number(number));
    });
    link.ended.then(({ code }) => hearing.over(`closed with ${code}`));
    await this.#welcome(link);
  }

  /** An alert that somebody has taken, so that it does not escalate; the one before it is over. */
  async #raise(number) {
    if (this.alert) await this.guard.ok("POST", `${ALERTS}/${this.alert.id}/resolve`, {});
    this.alert = await this.beacon.ok("POST", ALERTS, { id: `${BEACON}${number}`, location: { lat: 4, lng: -74 } });
    await this.guard.ok("POST", `${ALERTS}/${this.alert.id}/acknowledge`, {});
  }

  async #welcome(link) {
    const first = await link.next(({ type }) => type === "welcome", PATIENCE_MS);
    if (first?.type !== "welcome") throw new Error(`a bystander is not welcome: ${JSON.stringify(first)}`);
  }

  #tick(hearing, { event, partial }) {
    if (event !== "message.created" || partial?.sender_id !== this.people[0].user) return;
    hearing.heard(Number(TICK.exec(partial.body)?.[1]));
  }

  /** Writes a message, waits until it is acknowledged, and for the time of the next. */
  async #write(person, conversation, clock) {
    const link = this.#dial(person, `/api/chat/conversations/${conversation}/socket`);
    await this.#welcome(link);
    await this.#every(async () => {
      const number = clock.begin();
      const client_msg_id = `tick-${number}`;
      const acked = link.next((frame) => frame.type === "ack" && frame.client_msg_id === client_msg_id, PATIENCE_MS);
      link.tell({ type: "send", client_msg_id, body: `tick ${number}` });
      const ack = await acked;
      if (ack?.type !== "ack")
        return this.disturbed(`the writer hears no acknowledgement of ${number}: ${JSON.stringify(ack)}`);
      this.acknowledged(person, { ...ack, conversation_id: conversation });
    });
    link.terminate();
  }

  /** Whoever raised the alert is somewhere else each time. */
  async #move(clock) {
    await this.#every(async () => {
      if (clock.last % PLACES_OF_AN_ALERT === PLACES_OF_AN_ALERT - 1) await this.#raise(clock.last);
      const number = clock.begin();
      const spot = { lat: 4 + (number % 1_000) / 1_000, lng: -74, string: `tick ${number}` };
      const { status, text } = await this.beacon.call("POST", `${ALERTS}/${this.alert.id}/location`, spot);
      if (status !== 200) this.disturbed(`whoever calls for help cannot say where they are: ${status} ${text}`);
    });
  }

  // What comes sooner than a tenth of a second after the place before it is told together with what follows.
  async #every(act) {
    while (!this.#over) {
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
      await act();
    }
  }

  /** The writers end; whoever has not heard everything by then has missed it. */
  async stop() {
    this.#over = true;
    await Promise.all(this.#loops);
    const deadline = performance.now() + PATIENCE_MS;
    const isComplete = () => this.hearings.every(({ next, clock }) => next > clock.last);
    while (!isComplete() && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    for (const hearing of this.hearings) {
      hearing.isOver = true;
      if (hearing.next <= hearing.clock.last) {
        this.disturbed(`${hearing.name} never hears of ${hearing.next} to ${hearing.clock.last}`);
      }
    }
  }

  /** How many numbered messages they have heard, all together. */
  get heard() {
    return this.hearings.reduce((sum, { next }) => sum + next - 1, 0);
  }

  /** Delays since this was last asked, sorted, ms. */
  takeDelays() {
    const delays = this.hearings.flatMap((hearing) => hearing.delays.splice(0));
    return delays.sort((a, b) => a - b);
  }
}
