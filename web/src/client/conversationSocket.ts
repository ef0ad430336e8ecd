import type { Api } from "./api";
import { EventStream } from "./eventStream";
import { Link, type LinkState } from "./link";
import { Outbox, type Outgoing } from "./outbox";
import { Problem } from "./problem";
import {
  type Ack,
  type ClientFrame,
  CloseCode,
  type ConversationFrame,
  type Durable,
  type Ephemeral,
  isDurable,
  isEvent,
  type Position,
  type Welcome,
} from "./protocol";
import { ReadMarker } from "./readMarker";
import { Sequence } from "./sequence";
import { TypingSignal } from "./typing";

/** Callbacks of a conversation's connection, in an order in which they can be applied directly. */
export interface ConversationListener {
  onState(state: LinkState): void;
  onWelcome(welcome: Welcome): void;
  /** Each event once, in `seq` order. Includes the user's own message if its acknowledgement was lost. */
  onEvent(event: Durable): void;
  onEphemeral(event: Ephemeral): void;
  /** The user's own message is durable. Called immediately, possibly before events with a lower `seq`. */
  onAcknowledged(ack: Ack): void;
  onRefused(clientMsgId: string, problem: Problem): void;
  /** The user's own message has to wait (429); it is sent again by itself. */
  onDelayed(problem: Problem): void;
  /** The position cannot be replayed: load the newest page again, then call `startFrom`. */
  onReset(): void;
  /** A frame other than a message was refused. */
  onProblem(problem: Problem): void;
}

/** Events can arrive out of order for a moment: a gap counts only after this time. */
const GAP_AFTER_MS = 400;
const RESUME_WITHIN_MS = 2_500;
const RESUMES_BEFORE_RECONNECT = 3;
const RELOAD_EVERY_MS = 2_000;

/** Fills an acknowledgement's `seq` in the sequence: the server does not send the event to the tab that caused it. */
const OWN = Symbol("own");

/**
 * Connection to one conversation: a socket, or an event stream where sockets do not open. Orders events, resumes
 * after gaps, and keeps the outbox.
 */
export class ConversationSocket {
  readonly #link: Link;
  readonly #stream: EventStream;
  readonly #outbox: Outbox;
  readonly #typing: TypingSignal;
  /** The user, from the welcome. */
  #me: string | undefined;
  readonly #marker: ReadMarker;
  readonly #sequence = new Sequence<Durable | typeof OWN>();
  #transport: "socket" | "stream" = "socket";
  #httpWorks = false;
  #state: LinkState = "idle";
  #epoch: string | undefined;
  /** The highest `seq` the server has mentioned. */
  #head = 0;
  #gapTimer: ReturnType<typeof setTimeout> | undefined;
  #gapAt: number | undefined;
  #resumes = 0;
  #reloadTimer: ReturnType<typeof setTimeout> | undefined;
  #reloadedAt = Number.NEGATIVE_INFINITY;

  constructor(
    readonly conversationId: string,
    readonly api: Api,
    readonly listener: ConversationListener,
  ) {
    const path = `/api/chat/conversations/${encodeURIComponent(conversationId)}/socket`;
    this.#link = new Link({
      environment: api.environment,
      tokens: api.tokens,
      address: () =>
        api.address(path, {
          client_id: api.clientId,
          epoch: this.position?.epoch,
          seq: this.position?.seq,
        }),
      onFrame: (frame) => this.#receive(frame as ConversationFrame),
      onState: (state) => this.#become(state),
      onLost: (code) => {
        if (code === CloseCode.frameTooLarge) this.#outbox.frameWasTooLarge();
        this.#lost();
      },
      onUnopenable: () => this.#considerStream(),
    });
    this.#stream = new EventStream({
      api,
      conversationId,
      position: () => this.position,
      onFrame: (frame) => this.#receive(frame as ConversationFrame),
      onState: (state) => {
        if (state !== "live") this.#lost();
        this.#become(state);
      },
      onTrySocket: () => {
        this.#transport = "socket";
        this.#link.start();
      },
    });
    this.#outbox = new Outbox({
      transmit: (message) => this.#transmit(message),
      onRefused: (id, problem) => listener.onRefused(id, problem),
      onDelayed: (problem) => listener.onDelayed(problem),
      onUnanswered: () => this.#reconnect(),
    });
    this.#typing = new TypingSignal((on) => void this.#send({ type: "typing", on }));
    this.#marker = new ReadMarker((seq) => this.#sendRead(seq));
  }

  get state(): LinkState {
    return this.#state;
  }

  /** The position up to which every event has been passed to the listener. */
  get position(): Position | undefined {
    const seq = this.#sequence.position;
    return seq === undefined || this.#epoch === undefined ? undefined : { epoch: this.#epoch, seq };
  }

  /** Whether a message awaits its acknowledgement. */
  get isBusy(): boolean {
    return this.#outbox.isBusy;
  }

  open(): void {
    if (this.#transport === "socket") this.#link.start();
    else this.#stream.start();
  }

  close(): void {
    this.#typing.stop();
    this.#lost();
    this.#stream.stop();
    this.#link.stop();
    this.#outbox.stop();
    clearTimeout(this.#reloadTimer);
    this.#reloadTimer = undefined;
    this.#become("idle");
  }

  /** Call when the listener has loaded everything up to `position`: delivers the events after it. */
  startFrom(position: Position): void {
    if (this.#state === "live" && this.#epoch !== undefined && this.#epoch !== position.epoch) {
      this.#askReload();
      return;
    }
    if (this.#epoch !== position.epoch && this.#epoch !== undefined) this.#sequence.suspend();
    this.#epoch = position.epoch;
    const known = this.#sequence.position;
    // A page older than the last events does not move the position back.
    if (known === undefined || known < position.seq) {
      this.#deliver(this.#sequence.startFrom(position.seq));
    }
    // If the welcome came before the page, events between the two were neither loaded nor sent.
    if (this.#state === "live") this.#resume();
  }

  send(message: Outgoing): void {
    this.#typing.forget();
    this.#outbox.add(message);
  }

  retry(clientMsgId: string): void {
    this.#outbox.retry(clientMsgId);
  }

  discard(clientMsgId: string): void {
    this.#outbox.discard(clientMsgId);
  }

  /** `true` on a keystroke, `false` when the field is empty. */
  typing(on: boolean): void {
    if (on) this.#typing.keystroke();
    else this.#typing.stop();
  }

  /** The user has read up to `seq`. */
  read(seq: number): void {
    this.#marker.moveTo(seq);
  }

  /** The user has marked messages as unread, and the server has moved the marker to `seq`. */
  unread(seq: number): void {
    this.#marker.moveBackTo(seq);
  }

  #receive(frame: ConversationFrame): boolean {
    if (isEvent(frame)) {
      if (isDurable(frame)) this.#place(frame.seq, frame);
      else this.listener.onEphemeral(frame);
      return false;
    }
    switch (frame.type) {
      case "welcome":
        this.#welcomed(frame);
        return true;
      case "ack":
        this.#acknowledged(frame);
        return false;
      case "head":
        if (frame.epoch !== this.#epoch) return false;
        this.#head = Math.max(this.#head, frame.head);
        this.#checkGap();
        return false;
      case "reset":
        this.#epoch = frame.epoch;
        this.#head = frame.head;
        this.#sequence.suspend();
        this.#stopGap();
        this.#askReload();
        return false;
      case "error":
        if (frame.client_msg_id) this.#outbox.refused(frame.client_msg_id, Problem.ofFrame(frame));
        // Before the welcome the server refuses the connection itself; the close code that follows decides.
        else if (this.#state === "live") this.listener.onProblem(Problem.ofFrame(frame));
        return false;
      default:
        // A frame type of a newer server is ignored.
        return false;
    }
  }

  #welcomed(welcome: Welcome): void {
    const known = this.position;
    if (this.#transport === "socket") this.#link.keepAlive(welcome.keep_alive_ms);
    else this.#stream.keepAlive(welcome.keep_alive_ms);
    this.#head = welcome.head;
    // With another epoch a reset follows; until then the position stays.
    if (known === undefined) this.#epoch = welcome.epoch;
    this.#me = welcome.you.user_id;
    this.#marker.serverHas(welcome.you.last_read_seq);
    this.listener.onWelcome(welcome);
    this.#checkGap();
  }

  #acknowledged(ack: Ack): void {
    if (this.#outbox.acknowledged(ack.client_msg_id)) this.listener.onAcknowledged(ack);
    this.#place(ack.seq, OWN);
  }

  #place(seq: number, item: Durable | typeof OWN): void {
    this.#head = Math.max(this.#head, seq);
    this.#deliver(this.#sequence.accept(seq, item));
    this.#checkGap();
  }

  #deliver(items: (Durable | typeof OWN)[]): void {
    for (const item of items) {
      if (item === OWN) continue;
      // The acknowledgement was lost with a connection: the replayed event replaces it.
      // Tab ids are not secret: an event of another user that names this tab acknowledges nothing.
      const isOwn =
        item.event === "message.created" &&
        item.origin_client_id === this.api.clientId &&
        item.partial.sender_id === this.#me;
      const key = isOwn ? item.partial.client_msg_id : null;
      if (isOwn && key && this.#outbox.acknowledged(key)) {
        const { id, seq, created_at } = item.partial;
        this.listener.onAcknowledged({ type: "ack", client_msg_id: key, id, seq, created_at });
      }
      this.listener.onEvent(item);
    }
  }

  #checkGap(): void {
    const position = this.#sequence.position;
    if (position === undefined || position >= this.#head) return this.#stopGap();
    // The position has not moved since the timer was set: keep it running.
    if (this.#gapTimer !== undefined && this.#gapAt === position) return;
    this.#stopGap();
    this.#gapAt = position;
    this.#gapTimer = setTimeout(() => this.#resume(), GAP_AFTER_MS);
  }

  #resume(): void {
    this.#clearGapTimer();
    const position = this.position;
    if (this.#state !== "live" || !position || position.seq >= this.#head) return;
    this.#resumes += 1;
    if (this.#transport === "stream" || this.#resumes > RESUMES_BEFORE_RECONNECT) {
      this.#resumes = 0;
      return this.#reconnect();
    }
    this.#gapAt = position.seq;
    this.#send({ type: "resume", ...position });
    this.#gapTimer = setTimeout(() => this.#resume(), RESUME_WITHIN_MS);
  }

  #stopGap(): void {
    this.#clearGapTimer();
    this.#gapAt = undefined;
    this.#resumes = 0;
  }

  #clearGapTimer(): void {
    clearTimeout(this.#gapTimer);
    this.#gapTimer = undefined;
  }

  /** Requests a reload at most every `RELOAD_EVERY_MS`, even if the server sends resets more often. */
  #askReload(): void {
    if (this.#reloadTimer !== undefined) return;
    const wait = Math.max(0, this.#reloadedAt + RELOAD_EVERY_MS - Date.now());
    const reload = () => {
      this.#reloadTimer = undefined;
      this.#reloadedAt = Date.now();
      this.listener.onReset();
    };
    if (wait === 0) reload();
    else this.#reloadTimer = setTimeout(reload, wait);
  }

  #become(state: LinkState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.listener.onState(state);
    if (state === "live") {
      this.#httpWorks = false;
      this.#marker.flush();
      this.#outbox.flush();
      this.#checkGap();
    }
  }

  #lost(): void {
    this.#stopGap();
    this.#typing.forget();
    this.#marker.stop();
    this.#outbox.connectionLost();
  }

  #reconnect(): void {
    if (this.#transport === "socket") this.#link.reconnect();
    else this.#stream.reconnect();
  }

  /**
   * Switches to the event stream if a proxy blocks sockets. A server that is down opens no socket either, so the
   * switch needs a successful HTTP call followed by another failure to open.
   */
  #considerStream(): void {
    if (this.#httpWorks) {
      this.#link.stop();
      this.#transport = "stream";
      this.#stream.start();
      return;
    }
    this.api.conversation(this.conversationId).then(
      () => {
        this.#httpWorks = true;
      },
      () => {
        // The server is down; the link keeps retrying the socket.
      },
    );
  }

  #send(frame: ClientFrame): boolean {
    return this.#transport === "socket" && this.#link.send(JSON.stringify(frame));
  }

  #transmit(message: Outgoing): boolean {
    if (this.#transport === "socket") return this.#send({ type: "send", ...message });
    if (this.#state !== "live") return false;
    this.api.send(this.conversationId, message).then(
      ({ id, seq, created_at }) => {
        const { client_msg_id } = message;
        this.#acknowledged({ type: "ack", client_msg_id, id, seq, created_at });
      },
      (error: unknown) => {
        const problem = error instanceof Problem ? error : Problem.unreachable();
        this.#outbox.refused(message.client_msg_id, problem);
      },
    );
    return true;
  }

  #sendRead(seq: number): boolean {
    if (this.#transport === "socket") return this.#send({ type: "read", seq });
    if (this.#state !== "live") return false;
    this.api.read(this.conversationId, seq).catch(() => {
      // The next welcome has the server's marker; a difference is sent again.
    });
    return true;
  }
}
