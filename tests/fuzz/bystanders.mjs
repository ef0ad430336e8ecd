// Well-behaved clients beside the fuzzed ones: each receives a few numbered messages a second, by a native socket, an event
// stream, pusher-js or an alert dashboard. A missing, repeated, reordered or late message counts as a disturbance. Two more
// clients disconnect and resume repeatedly.
import { hostOptions, Pusher } from "../support/pusher.mjs";
import { readEvents } from "./event-stream.mjs";
import { Link } from "./link.mjs";
import { Clock, Receiver, Sequence } from "./receiver.mjs";

const EVERY_MS = 250;
/** The server closes sockets that are silent for the idle time. */
const PING_MS = 25_000;
/** Locations sent to one alert; its trail stores at most twice as many. */
const PLACES_OF_AN_ALERT = 10_000;
const BEACON = "bystander-alert-";
const PATIENCE_MS = 60_000;
const TICK = /^tick (\d+)$/;
const ALERTS = "/api/security/alerts";
/** Durable events after which a reconnecting client disconnects and resumes. */
const EVENTS_OF_A_STAY = 12;

export class Bystanders {
  /** A checker per client. */
  receivers = [];
  #isOver = false;
  /** When the writers ended. */
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

  /** Connects all clients and starts the writers. */
  async start(room) {
    const [writer, native, stream, pusher, returning] = this.people;
    const [chat, desk] = [new Clock(this.stalls), new Clock(this.stalls)];
    this.path = `/api/chat/conversations/${room.conversation_id}`;
    await this.#native(native, this.#sequence("a native socket", chat));
    await this.#stream(stream, this.#sequence("a stream of events", chat));
    await this.#pusher(pusher, room.conversation_id, this.#receiver("pusher-js", chat));
    await this.#dashboard(this.#receiver("a dashboard", desk));
    this.#writing = [this.#write(writer, room.conversation_id, chat), this.#move(desk)];
    this.#returning = [
      this.#return(this.#sequence("a native socket that returns", chat, true), (...given) =>
        this.#native(returning, ...given),
      ),
      this.#return(this.#sequence("a stream that returns", chat, true), (...given) =>
        this.#stream(returning, ...given),
      ),
    ];
  }

  #receiver(name, clock, isAway = false) {
    const receiver = new Receiver(name, clock, this.disturbed, { isAway });
    this.receivers.push(receiver);
    return receiver;
  }

  #sequence(name, clock, isAway) {
    return new Sequence(this.#receiver(name, clock, isAway));
  }

  #dial(person, path, onFrame) {
    const protocols = ["campana.v1", `bearer.${person.token}`];
    const link = new Link(this.world.engine.socketUrl + path, protocols, onFrame);
    const leave = () => link.terminate();
    this.#open.add(leave);
    const pinging = setInterval(() => link.send("ping"), PING_MS);
    link.ended.then(() => {
      clearInterval(pinging);
      this.#open.delete(leave);
    });
    return link;
  }

  /** A native socket that resumes at its user's position; resolves after its welcome. */
  async #native(person, sequence, onReceived = () => {}) {
    const { receiver, epoch, head } = sequence;
    const query = epoch === undefined ? "" : `?epoch=${epoch}&seq=${head}`;
    const link = this.#dial(person, `${this.path}/socket${query}`, (frame) => {
      if (frame.type === "welcome") sequence.begins(frame);
      if (frame.type === "reset") sequence.reset();
      if (frame.event !== undefined && frame.seq !== undefined && !link.isLeft) this.#take(sequence, frame, onReceived);
    });
    link.ended.then(({ code }) => link.isLeft || receiver.over(`closed with ${code}`));
    await this.#welcome(link);
    return { leave: () => link.terminate(Object.assign(link, { isLeft: true })) };
  }

  /** The same for an event stream. */
  async #stream(person, sequence, onReceived = () => {}) {
    const { receiver, epoch, head } = sequence;
    const position = epoch === undefined ? {} : { "last-event-id": `${epoch}:${head}` };
    const headers = { authorization: `Bearer ${person.token}`, ...position };
    const stream = await readEvents(`${this.world.url}${this.path}/events`, headers, (kind, frame) => {
      if (kind === "welcome") sequence.begins(frame);
      if (kind === "reset") sequence.reset();
      if (frame.event !== undefined && frame.seq !== undefined) this.#take(sequence, frame, onReceived);
    });
    this.#open.add(stream.leave);
    stream.ended.then((why) => {
      this.#open.delete(stream.leave);
      if (!stream.isLeft) receiver.over(why);
    });
    await stream.welcomed;
    return stream;
  }

  #take(sequence, frame, onReceived) {
    sequence.take(frame.seq);
    this.#tick(sequence.receiver, frame);
    onReceived();
  }

  /** Connects, stays for some events and reconnects, until the run is over and all messages are received. */
  async #return(sequence, come) {
    const { receiver } = sequence;
    const isDone = () => this.#writtenAt && receiver.next > receiver.clock.last;
    const deadline = () => this.#writtenAt && performance.now() > this.#writtenAt + PATIENCE_MS;
    while (!isDone() && !deadline()) {
      let remaining = EVENTS_OF_A_STAY;
      let goes;
      const enough = new Promise((resolve) => {
        goes = resolve;
      });
      const counting = () => {
        remaining -= 1;
        if (remaining <= 0 || isDone()) goes();
      };
      const stay = await come(sequence, counting).catch((error) => receiver.over(error.message));
      if (!stay) return;
      const looking = setInterval(() => (isDone() || deadline()) && goes(), EVERY_MS);
      await enough;
      clearInterval(looking);
      stay.leave();
    }
  }

  async #pusher(person, conversation, receiver) {
    const endpoint = `${this.world.url}/broadcasting/auth`;
    const headers = { authorization: `Bearer ${person.token}` };
    const channelAuthorization = { transport: "ajax", endpoint, headers };
    const client = new Pusher("demo-key", { ...hostOptions(this.world), channelAuthorization });
    this.#open.add(() => client.disconnect());
    client.connection.bind("state_change", ({ previous, current }) => {
      if (previous === "connected") receiver.over(`${previous}, then ${current}`);
    });
    const channel = client.subscribe(`private-conversation.${conversation}`);
    channel.bind("message.created", (frame) => this.#tick(receiver, frame));
    await new Promise((resolve, reject) => {
      channel.bind("pusher:subscription_succeeded", resolve);
      channel.bind("pusher:subscription_error", (error) => reject(new Error(JSON.stringify(error))));
    });
  }

  async #dashboard(receiver) {
    await this.guard.ok("GET", "/api/me");
    await this.#raise(1);
    let last = 0;
    const link = this.#dial(this.guard, `${ALERTS}/socket`, ({ seq, id, partial }) => {
      // Events that a backend publishes on the desk's channels have no seq.
      if (seq === undefined) return;
      if (seq <= last) receiver.disturbed(`${receiver.name} receives event ${seq} after ${last}`);
      last = seq;
      if (!id.startsWith(BEACON)) return;
      const number = TICK.exec(partial.location?.string ?? "")?.[1];
      // Later updates of the alert repeat its latest location.
      if (number) receiver.receivedAtLeast(Number(number));
    });
    link.ended.then(({ code }) => receiver.over(`closed with ${code}`));
    await this.#welcome(link);
  }

  /** Raises an acknowledged alert, which does not escalate, after resolving the previous one. */
  async #raise(number) {
    const raised = { id: `${BEACON}${number}`, location: { lat: 4, lng: -74 } };
    const act = (action) => repeatable(() => this.guard.ok("POST", `${ALERTS}/${this.alert.id}/${action}`, {}));
    if (this.alert) await act("resolve");
    this.alert = await repeatable(() => this.beacon.ok("POST", ALERTS, raised));
    await act("acknowledge");
  }

  async #welcome(link) {
    const first = await link.next(({ type }) => type === "welcome", PATIENCE_MS);
    if (first?.type !== "welcome") throw new Error(`a bystander is not welcome: ${JSON.stringify(first)}`);
  }

  #tick(receiver, { event, partial }) {
    if (event !== "message.created" || partial?.sender_id !== this.people[0].user) return;
    receiver.received(Number(TICK.exec(partial.body)?.[1]));
  }

  /** Sends a message, waits for its acknowledgement, then until the next one is due. */
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
        return this.disturbed(`the writer gets no acknowledgement of ${number}: ${JSON.stringify(ack)}`);
      this.acknowledged(person, { ...ack, conversation_id: conversation });
    });
    link.terminate();
  }

  /** Sends a new location of the alert each time. */
  async #move(clock) {
    await this.#every(async () => {
      if (clock.last % PLACES_OF_AN_ALERT === PLACES_OF_AN_ALERT - 1) await this.#raise(clock.last);
      const number = clock.begin();
      const spot = { lat: 4 + (number % 1_000) / 1_000, lng: -74, string: `tick ${number}` };
      const { status, text } = await repeatable(() =>
        this.beacon.call("POST", `${ALERTS}/${this.alert.id}/location`, spot),
      );
      if (status !== 200) this.disturbed(`a location was refused: ${status} ${text}`);
    });
  }

  // The edge combines locations less than 100 ms apart.
  async #every(act) {
    while (!this.#isOver) {
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
      await act();
    }
  }

  /** Ends the writers; a message that was not received by then is missing. */
  async stop() {
    this.#isOver = true;
    await Promise.all(this.#writing);
    this.#writtenAt = performance.now();
    await Promise.all(this.#returning);
    const deadline = performance.now() + PATIENCE_MS;
    const isComplete = () => this.receivers.every(({ next, clock }) => next > clock.last);
    while (!isComplete() && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    for (const receiver of this.receivers) {
      receiver.isOver = true;
      if (receiver.next <= receiver.clock.last) {
        this.disturbed(`${receiver.name} never receives ${receiver.next} to ${receiver.clock.last}`);
      }
    }
  }

  #leave() {
    for (const leave of this.#open) leave();
  }

  /** Number of numbered messages that all clients have received. */
  get received() {
    return this.receivers.reduce((sum, { next }) => sum + next - 1, 0);
  }

  /** Sorted delays in milliseconds since the last call. */
  takeDelays() {
    const delays = this.receivers.flatMap((receiver) => receiver.delays.splice(0));
    return delays.sort((a, b) => a - b);
  }
}

/**
 * Repeats a request once if its connection was reset: the server closes connections that were idle for 5 s, and a busy client
 * may send on one at that moment. Only for requests that may be repeated. If the engine has died, the second attempt fails too.
 */
async function repeatable(ask) {
  try {
    return await ask();
  } catch (error) {
    if (error.cause?.code !== "ECONNRESET" && error.cause?.code !== "UND_ERR_SOCKET") throw error;
    return ask();
  }
}
