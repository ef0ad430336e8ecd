// People who do nothing wrong while others do: each hears a numbered message a few times a second, by a native socket, a
// stream of events, pusher-js and a dashboard of alerts. Whoever misses one, hears one twice, out of order or late has
// been disturbed. Two more go again and again, and say where they were when they come back.
import { hostOptions, Pusher } from "../support/pusher.mjs";
import { readEvents } from "./event-stream.mjs";
import { Clock, Hearing, Sequence } from "./hearing.mjs";
import { Link } from "./link.mjs";

const EVERY_MS = 250;
/** Who is silent for the idle time is closed. */
const PING_MS = 25_000;
/** Places in the trail of one alert: it keeps no more than twice as many. */
const PLACES_OF_AN_ALERT = 10_000;
const BEACON = "bystander-alert-";
const PATIENCE_MS = 60_000;
const TICK = /^tick (\d+)$/;
const ALERTS = "/api/security/alerts";
/** Durable events after which who is away now and then goes, and comes back at once. */
const EVENTS_OF_A_STAY = 12;

export class Bystanders {
  /** What each of them hears. */
  hearings = [];
  #isOver = false;
  /** Since when nothing is written any more. */
  #writtenAt;
  #writing = [];
  #returning = [];
  #open = new Set();

  /**
   * @param {(what: string) => void} disturbed
   * @param {(person: {user: string, tenant: string}, ack: object) => void} acknowledged
   */
  constructor(world, stalls, disturbed, acknowledged) {
    Object.assign(this, { world, stalls, disturbed, acknowledged });
    this.people = ["writer", "native", "stream", "pusher", "returning"].map((name) =>
      world.person(`bystander-${name}`),
    );
    world.chats.push({ terminate: () => this.#leave() });
    this.guard = world.person("bystander-guard", { permissions: ["view_panic_alerts"] });
    this.beacon = world.person("bystander-beacon");
  }

  /** Everybody listens, and the writers begin. */
  async start(room) {
    const [writer, native, stream, pusher, returning] = this.people;
    const [chat, desk] = [new Clock(this.stalls), new Clock(this.stalls)];
    this.path = `/api/chat/conversations/${room.conversation_id}`;
    await this.#native(native, this.#hostOptions("a native socket", chat));
    await this.#stream(stream, this.#hostOptions("a stream of events", chat));
    await this.#pusher(pusher, room.conversation_id, this.#hearing("pusher-js", chat));
    await this.#dashboard(this.#hearing("a dashboard", desk));
    this.#writing = [this.#write(writer, room.conversation_id, chat), this.#move(desk)];
    this.#returning = [
      this.#return(this.#hostOptions("a native socket that returns", chat, true), (...given) =>
        this.#native(returning, ...given),
      ),
      this.#return(this.#hostOptions("a stream that returns", chat, true), (...given) =>
        this.#stream(returning, ...given),
      ),
    ];
  }

  #hearing(name, clock, isAway = false) {
    const hearing = new Hearing(name, clock, this.disturbed, { isAway });
    this.hearings.push(hearing);
    return hearing;
  }

  #hostOptions(name, clock, isAway) {
    return new Sequence(this.#hearing(name, clock, isAway));
  }

  #dial(person, path, hear) {
    const protocols = ["campana.v1", `bearer.${person.token}`];
    const link = new Link(this.world.engine.socketUrl + path, protocols, hear);
    const leave = () => link.terminate();
    this.#open.add(leave);
    const pinging = setInterval(() => link.send("ping"), PING_MS);
    link.ended.then(() => {
      clearInterval(pinging);
      this.#open.delete(leave);
    });
    return link;
  }

  /** A native socket that goes on where its person was; resolves with it once it is welcomed. */
  async #native(person, sequence, heard = () => {}) {
    const { hearing, epoch, head } = sequence;
    const query = epoch === undefined ? "" : `?epoch=${epoch}&seq=${head}`;
    const link = this.#dial(person, `${this.path}/socket${query}`, (frame) => {
      if (frame.type === "welcome") sequence.begins(frame);
      if (frame.type === "reset") sequence.reset();
      if (frame.event !== undefined && frame.seq !== undefined && !link.isLeft) this.#came(sequence, frame, heard);
    });
    link.ended.then(({ code }) => link.isLeft || hearing.over(`closed with ${code}`));
    await this.#welcome(link);
    return { leave: () => link.terminate(Object.assign(link, { isLeft: true })) };
  }

  /** The same of a stream of events. */
  async #stream(person, sequence, heard = () => {}) {
    const { hearing, epoch, head } = sequence;
    const position = epoch === undefined ? {} : { "last-event-id": `${epoch}:${head}` };
    const headers = { authorization: `Bearer ${person.token}`, ...position };
    const stream = await readEvents(`${this.world.url}${this.path}/events`, headers, (kind, frame) => {
      if (kind === "welcome") sequence.begins(frame);
      if (kind === "reset") sequence.reset();
      if (frame.event !== undefined && frame.seq !== undefined) this.#came(sequence, frame, heard);
    });
    this.#open.add(stream.leave);
    stream.ended.then((why) => {
      this.#open.delete(stream.leave);
      if (!stream.isLeft) hearing.over(why);
    });
    await stream.welcomed;
    return stream;
  }

  #came(sequence, frame, heard) {
    sequence.came(frame.seq);
    this.#tick(sequence.hearing, frame);
    heard();
  }

  /** Comes, stays for some events, goes, and comes back, until all is over and everything is heard. */
  async #return(sequence, come) {
    const { hearing } = sequence;
    const isDone = () => this.#writtenAt && hearing.next > hearing.clock.last;
    const deadline = () => this.#writtenAt && performance.now() > this.#writtenAt + PATIENCE_MS;
    while (!isDone() && !deadline()) {
      let left = EVENTS_OF_A_STAY;
      let goes;
      const enough = new Promise((resolve) => {
        goes = resolve;
      });
      const counting = () => {
        left -= 1;
        if (left <= 0 || isDone()) goes();
      };
      const stay = await come(sequence, counting).catch((error) => hearing.over(error.message));
      if (!stay) return;
      const looking = setInterval(() => (isDone() || deadline()) && goes(), EVERY_MS);
      await enough;
      clearInterval(looking);
      stay.leave();
    }
  }

  async #pusher(person, conversation, hearing) {
    const endpoint = `${this.world.url}/broadcasting/auth`;
    const headers = { authorization: `Bearer ${person.token}` };
    const channelAuthorization = { transport: "ajax", endpoint, headers };
    const client = new Pusher("demo-key", { ...hostOptions(this.world), channelAuthorization });
    this.#open.add(() => client.disconnect());
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
    const raised = { id: `${BEACON}${number}`, location: { lat: 4, lng: -74 } };
    const deed = (what) => repeatable(() => this.guard.ok("POST", `${ALERTS}/${this.alert.id}/${what}`, {}));
    if (this.alert) await deed("resolve");
    this.alert = await repeatable(() => this.beacon.ok("POST", ALERTS, raised));
    await deed("acknowledge");
  }

  async #welcome(link) {
    const first = await link.next(({ type }) => type === "welcome", PATIENCE_MS);
    if (first?.type !== "welcome") throw new Error(`a bystander is not welcome: ${JSON.stringify(first)}`);
  }

  #tick(hearing, { event, partial }) {
    if (event !== "message.created" || partial?.sender_id !== this.people[0].user) return;
    hearing.received(Number(TICK.exec(partial.body)?.[1]));
  }

  /** Writes a message, waits until it is acknowledged, and for the time of the next. */
  async #write(person, conversation, clock) {
    const link = this.#dial(person, `/api/chat/conversations/${conversation}/socket`);
    await this.#welcome(link);
    await this.#every(async () => {
      const number = clock.begin();
      const client_msg_id = `tick-${number}`;
      const acked = link.next((frame) => frame.type === "ack" && frame.client_msg_id === client_msg_id, PATIENCE_MS);
      link.send({ type: "send", client_msg_id, body: `tick ${number}` });
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
      const { status, text } = await repeatable(() =>
        this.beacon.call("POST", `${ALERTS}/${this.alert.id}/location`, spot),
      );
      if (status !== 200) this.disturbed(`whoever calls for help cannot say where they are: ${status} ${text}`);
    });
  }

  // What comes sooner than a tenth of a second after the place before it is told together with what follows.
  async #every(act) {
    while (!this.#isOver) {
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
      await act();
    }
  }

  /** The writers end; whoever has not heard everything by then has missed it. */
  async stop() {
    this.#isOver = true;
    await Promise.all(this.#writing);
    this.#writtenAt = performance.now();
    await Promise.all(this.#returning);
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

  #leave() {
    for (const leave of this.#open) leave();
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

/**
 * Repeats a request once if its connection was reset: the server closes connections that were idle for 5 s, and a busy client
 * may send on one at that moment. Only for requests that may be repeated. If the engine has died, the second try fails too.
 */
async function repeatable(ask) {
  try {
    return await ask();
  } catch (error) {
    if (error.cause?.code !== "ECONNRESET" && error.cause?.code !== "UND_ERR_SOCKET") throw error;
    return ask();
  }
}
