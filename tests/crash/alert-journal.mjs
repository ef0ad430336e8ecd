// The journal of alerts: acknowledged alerts, the actions on them, and which are closed.

/** Actions of the guard who attends to an alert. */
const TAKING = new Set(["acknowledge", "respond"]);
const CLOSING = { resolve: "resolved", "false-alarm": "false_alarm", cancel: "cancelled" };

export class AlertJournal {
  /** Alert id -> its state according to the responses. */
  alerts = new Map();

  constructor(violations, tally) {
    Object.assign(this, { violations, tally });
  }

  get open() {
    return [...this.alerts.values()].filter(({ closed }) => !closed);
  }

  /** A guard's response can arrive before the owner's. */
  #of(id) {
    if (!this.alerts.has(id)) this.alerts.set(id, { id, user: undefined, actions: [], closed: undefined });
    return this.alerts.get(id);
  }

  /** A user's open alert, according to the responses. */
  openOf(user) {
    return this.open.find((alert) => alert.user === user);
  }

  /** Records the response to a raise: a new alert, the one with this id, or one that was already open. */
  raised(user, requested, { status, body, tries }) {
    if (status !== 200 && status !== 201) {
      this.violations.add("wrong", `the alert ${requested} was answered with ${status}`);
      return;
    }
    const id = String(body.id);
    const known = this.alerts.get(id);
    if (id === requested) {
      if (known?.user) {
        if (status === 201) this.violations.add("doubled", `the alert ${id} was made twice`);
        this.tally.counts.repeats += 1;
        return;
      }
      if (status === 200 && tries === 1) this.violations.add("wrong", `the new alert ${id} was known already`);
      this.#of(id).user = user;
      this.tally.acknowledged("alerts");
    } else if (known?.user !== undefined && known.user !== user) {
      this.violations.add("wrong", `${user} requested for ${requested} and received ${id}`);
    } else {
      // A second press, which reopens an alert that its owner cancelled a moment ago. Presses in quick succession count
      // once, so the number is not checked.
      const pressed = this.#of(id);
      if (pressed.closed?.status === "cancelled" && body.closed_at === null) pressed.closed = undefined;
      this.tally.acknowledged("transitions");
    }
  }

  /** Records the response to an action on an alert. Nobody takes an alert that they raised. */
  acted(user, id, action, { status, body }, { isOwn }) {
    if (isOwn && TAKING.has(action)) {
      if (status !== 403) this.violations.add("wrong", `${action} of their own ${id} by ${user} got ${status}`);
      this.tally.counts.refused += 1;
      return;
    }
    const known = this.#of(id);
    if (status === 409) {
      const { alert } = body;
      const isJust = alert.closed_at !== null || String(alert.acknowledged_by?.id) !== user;
      if (!isJust) this.violations.add("wrong", `${action} of ${id} by ${user} was refused without reason`);
      this.tally.counts.refused += 1;
      return;
    }
    if (status !== 200) {
      this.violations.add("wrong", `${action} of ${id} by ${user} was answered with ${status}`);
      return;
    }
    const becomes = CLOSING[action];
    if (becomes) {
      const isSame = !known.closed || (known.closed.status === becomes && known.closed.by === user);
      if (!isSame) this.violations.add("doubled", `${id} was closed by ${known.closed.by} and by ${user}`);
      known.closed ??= { status: becomes, by: user };
    }
    known.actions.push({ action, by: user });
    this.tally.acknowledged("transitions");
  }
}
