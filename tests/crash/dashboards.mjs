// A guard's dashboards: a native one, which resumes, and one by Laravel Echo, which gets the open alerts when it reconnects.
// The newer `updated_at` of an alert wins.
import { CHANNELS } from "../support/alerts.mjs";
import { NativeSocket } from "./native-socket.mjs";
import { Connection } from "./pusher.mjs";

const [PANIC_ALERTS] = CHANNELS;

class Dashboard {
  /** Alert id -> the alert as last received. */
  alerts = new Map();
  liveAt = 0;
  /** When it last became live. */
  since = 0;

  constructor({ participant, random, violations, tally }) {
    Object.assign(this, { participant, random, violations, tally });
  }

  learn(alert) {
    const id = String(alert.id);
    const known = this.alerts.get(id);
    if (!known || known.updated_at <= alert.updated_at) this.alerts.set(id, alert);
  }

  live() {
    this.since = Date.now();
    this.liveAt = performance.now();
  }

  get openAlerts() {
    return [...this.alerts.values()].filter(({ closed_at }) => closed_at === null);
  }
}

export class NativeDashboard extends Dashboard {
  kind = "native dashboard";
  isLive = false;
  #epoch;
  #seq;

  constructor(options) {
    super(options);
    this.socket = new NativeSocket({
      ...options,
      person: options.participant.person,
      path: "/api/security/alerts/socket",
      query: () => this.#query(),
      onFrame: (frame) => this.#frame(frame),
      onLost: () => {
        this.isLive = false;
      },
    });
  }

  #query() {
    this.resumesByFrame = this.#seq !== undefined && this.random.holds(40);
    return this.#seq === undefined || this.resumesByFrame ? {} : { epoch: this.#epoch, seq: this.#seq };
  }

  #frame(frame) {
    if (frame.event !== undefined) {
      this.learn(frame.partial);
      this.#seq = Math.max(this.#seq, frame.seq);
      return;
    }
    switch (frame.type) {
      case "welcome":
        if (this.#epoch !== undefined && this.#epoch !== frame.epoch) {
          this.violations.add("lost", `the desk's numbering changed for ${this.participant.user}`);
        }
        this.#epoch = frame.epoch;
        if (this.resumesByFrame) this.socket.send({ type: "resume", epoch: this.#epoch, seq: this.#seq });
        this.isFirst = this.#seq === undefined;
        this.#seq ??= frame.head;
        break;
      case "alerts":
        for (const alert of frame.alerts) this.learn(alert);
        if (frame.complete && this.isFirst) this.#caughtUp();
        break;
      case "resumed":
        this.#seq = Math.max(this.#seq, frame.head);
        this.#caughtUp();
        break;
      case "reset":
        this.violations.add(
          "lost",
          `the dashboard of ${this.participant.user} was reset at ${this.#seq} of ${frame.head}`,
        );
        this.#caughtUp();
        break;
    }
  }

  #caughtUp() {
    this.isLive = true;
    this.socket.live();
    this.live();
  }

  open() {
    this.socket.open();
  }

  drop() {
    this.socket.drop();
  }

  close() {
    return this.socket.close();
  }

  abandon() {
    this.socket.abandon();
  }
}

export class EchoDashboard extends Dashboard {
  kind = "echo dashboard";
  isLive = false;

  constructor(options) {
    super(options);
    this.connection = new Connection({
      ...options,
      person: options.participant.person,
      library: "echo",
      onLost: () => {
        this.isLive = false;
      },
    });
    this.connection.listen(PANIC_ALERTS, (_event, data) => this.learn(data));
  }

  open() {
    this.connection.open();
    const channel = this.connection.pusher.channel(PANIC_ALERTS);
    channel.bind("pusher:subscription_succeeded", () => {
      this.isLive = true;
      this.live();
    });
  }

  drop() {
    this.connection.drop();
  }

  close() {
    this.connection.close();
  }

  abandon() {
    this.connection.close();
  }
}
