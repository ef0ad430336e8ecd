// Compares alerts with their journal: at the desk, in its lists, in the record, and on every guard's dashboard.
import { ALERTS } from "../support/alerts.mjs";
import { eventually } from "../support/eventually.mjs";

/** Timeline entries of each action. */
const ENTRIES = {
  acknowledge: ["acknowledged", "responding"],
  respond: ["responding"],
  resolve: ["resolved"],
  "false-alarm": ["false_alarm"],
  cancel: ["cancelled"],
};

export class AlertOracle {
  /** Closed alerts that were compared after their end. */
  #settled = new Set();

  constructor({ world, alertJournal, participants, violations, patience }) {
    Object.assign(this, { world, alertJournal, violations, patience });
    this.guards = participants.filter(({ watches }) => watches.length > 0);
  }

  get #http() {
    return this.guards[0].http;
  }

  /** @param {boolean} isFresh whether the engine was restarted since the last request of the short list, which is cached */
  async check(isFresh) {
    const { alertJournal } = this;
    const alerts = [...alertJournal.alerts.values()].filter(({ id }) => !this.#settled.has(id));
    const shown = new Map();
    await Promise.all(alerts.map(async (alert) => shown.set(alert.id, await this.#one(alert))));
    await this.#lists(isFresh);
    await this.#record();
    await this.#dashboards(shown);
    for (const { id, closed } of alerts) if (closed) this.#settled.add(id);
  }

  /** Compares everything again. */
  checkAll() {
    this.#settled.clear();
    return this.check(false);
  }

  async #one({ id, user, actions, closed }) {
    const { status, body: alert } = await this.#http.request("GET", `${ALERTS}/${id}`);
    if (status !== 200) {
      this.violations.add("lost", `the alert ${id} is answered with ${status}`);
      return undefined;
    }
    const is = alert.closed_at === null ? undefined : `${alert.status} by ${alert.closed_by?.id}`;
    const was = closed && `${closed.status} by ${closed.by}`;
    if (is !== was) this.violations.add("lost", `the alert ${id} is ${is ?? "open"}, and was ${was ?? "open"}`);
    if (String(alert.user.id) !== user) this.violations.add("wrong", `the alert ${id} is of ${alert.user.id}`);
    const { data } = await this.#http.ok("GET", `${ALERTS}/${id}/timeline`);
    for (const { action, by } of actions) {
      const isListed = data.some((entry) => ENTRIES[action].includes(entry.what) && String(entry.by?.id) === by);
      if (!isListed) this.violations.add("lost", `${action} of ${id} by ${by} is not in the timeline`);
    }
    if (data.filter(({ what }) => what === "triggered").length !== 1) {
      this.violations.add("doubled", `the alert ${id} was not triggered once`);
    }
    return alert;
  }

  async #lists(isFresh) {
    const wanted = this.alertJournal.open.map(({ id }) => id).sort();
    const page = await this.#http.ok("GET", `${ALERTS}?status=open&limit=100`);
    this.#compare("the list of open alerts", page.data, wanted);
    if (!isFresh) return;
    // The list above waits until the record is complete, and this is the first request of the short list.
    const active = await this.#http.ok("GET", `${ALERTS}/active`);
    this.#compare("the short list", active.data, wanted);
  }

  #compare(where, found, wanted) {
    const ids = found.map(({ id }) => String(id)).sort();
    for (const id of wanted) if (!ids.includes(id)) this.violations.add("lost", `the alert ${id} is not in ${where}`);
    for (const id of ids) if (!wanted.includes(id)) this.violations.add("wrong", `the alert ${id} is in ${where}`);
    if (new Set(ids).size !== ids.length) this.violations.add("doubled", `${where} has an alert twice`);
    const users = found.map(({ user }) => user.id);
    if (new Set(users).size !== users.length) this.violations.add("doubled", `${where} has two alerts of one person`);
  }

  async #record() {
    const { alertJournal } = this;
    const sql = "SELECT COUNT(*) n, COUNT(DISTINCT id) ids FROM alerts WHERE tenant_id = 'demo'";
    let counted;
    await eventually(
      async () => {
        [counted] = await this.world.rows(sql);
        return counted.n === alertJournal.alerts.size;
      },
      "the record to have all alerts",
      this.patience.ms,
    ).catch(() => {});
    const kind = counted.n > alertJournal.alerts.size ? "doubled" : "lost";
    if (counted.n !== alertJournal.alerts.size)
      this.violations.add(kind, `the record has ${counted.n} alerts of ${alertJournal.alerts.size}`);
    if (counted.n !== counted.ids) this.violations.add("doubled", "the record has an alert twice");
  }

  /** Every dashboard has every alert's state. Only a channel omits alerts that began and ended while disconnected. */
  async #dashboards(shown) {
    const dashboards = this.guards.filter(({ isAway }) => !isAway).flatMap((guard) => guard.dashboards);
    const missing = () => dashboards.flatMap((dashboard) => this.#unknown(dashboard, shown));
    await eventually(() => missing().length === 0, "the dashboards", this.patience.ms).catch(() => {});
    for (const about of missing()) this.violations.add("lost", about);
  }

  #unknown(dashboard, shown) {
    const { kind, participant, since, alerts } = dashboard;
    return [...shown.values()].flatMap((alert) => {
      if (!alert) return [];
      const known = alerts.get(alert.id);
      const isOver = alert.closed_at !== null;
      const beganBefore = Date.parse(alert.created_at) <= since;
      if (kind === "echo dashboard" && isOver && beganBefore) return [];
      if (known?.status === alert.status) return [];
      return [`${alert.id} is ${alert.status}, and ${known?.status} on the ${kind} of ${participant.user}`];
    });
  }
}
