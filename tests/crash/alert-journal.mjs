// The journal of alerts: which were acknowledged, who acted on them, which are closed.

const CLOSING = { resolve: "resolved", "false-alarm": "false_alarm", cancel: "cancelled" };

export class AlertJournal {
  /** Alert id -> what was answered about it. */
  alerts = new Map();

  constructor(violations, tally) {
    Object.assign(this, { violations, tally });
  }

  get open() {
    return [...this.alerts.values()].filter(({ closed }) => !closed);
  }

  /** A guard can be answered about an alert before whoever raised it is. */
  #of(id) {
    if (!this.alerts.has(id)) this.alerts.set(id, { id, user: undefined, deeds: [], closed: undefined });
    return this.alerts.get(id);
  }

  /** An open alert of somebody's, as far as was answered. */
  openOf(user) {
    return this.open.find((alert) => alert.user === user);
  }

  /** A call for help was answered: by a new alert, by the one of this id, or by one that was open already. */
  raised(user, asked, { status, body, tries }) {
    if (status !== 200 && status !== 201) {
      this.violations.add("wrong", `the alert ${asked} was answered with ${status}`);
      return;
    }
    const id = String(body.id);
    const known = this.alerts.get(id);
    if (id === asked) {
      if (known?.user) {
        if (status === 201) this.violations.add("doubled", `the alert ${id} was made twice`);
        this.tally.counts.repeats += 1;
        return;
      }
      if (status === 200 && tries === 1) this.violations.add("wrong", `the new alert ${id} was known already`);
      this.#of(id).user = user;
      this.tally.acknowledged("alerts");
    } else if (known?.user !== undefined && known.user !== user) {
      this.violations.add("wrong", `${user} asked for ${asked} and got ${id}`);
    } else {
      // Pressed again: a second press within a moment is none, so the presses are not counted.
      this.#of(id);
      this.tally.acknowledged("transitions");
    }
  }

  /** Something was done about an alert, or refused. */
  acted(user, id, deed, { status, body }) {
    const known = this.#of(id);
    if (status === 409) {
      const { alert } = body;
      const isJust = alert.closed_at !== null || String(alert.acknowledged_by?.id) !== user;
      if (!isJust) this.violations.add("wrong", `${deed} of ${id} by ${user} was refused without reason`);
      this.tally.counts.refused += 1;
      return;
    }
    if (status !== 200) {
      this.violations.add("wrong", `${deed} of ${id} by ${user} was answered with ${status}`);
      return;
    }
    const becomes = CLOSING[deed];
    if (becomes) {
      const isSame = !known.closed || (known.closed.status === becomes && known.closed.by === user);
      if (!isSame) this.violations.add("doubled", `${id} was closed by ${known.closed.by} and by ${user}`);
      known.closed ??= { status: becomes, by: user };
    }
    known.deeds.push({ deed, by: user });
    this.tally.acknowledged("transitions");
  }
}
