// What the page does with Echo, which echo.js has configured as the guide shows. Every event becomes a line of `log`.
window.log = [];
const note = (line) => window.log.push(line);

window.page = {
  /** Private channel of a team: orders and whispers. */
  orders(team) {
    window.Echo.private(`teams.${team}`)
      .subscribed(() => note("on orders"))
      .error(({ status }) => note(`orders refused ${status}`))
      .listen("OrderPlaced", ({ by, article }) => note(`${by.name} ordered ${article}`))
      .listenForWhisper("typing", ({ name }) => note(`${name} types`));
  },

  /** Presence channel of a team: members and greetings. */
  team(team) {
    window.Echo.join(`teams.${team}`)
      .here((users) => note(`here ${users.map(({ id, name }) => `${id} ${name}`).sort()}`))
      .joining(({ name }) => note(`${name} joined`))
      .leaving(({ name }) => note(`${name} left`))
      .error(({ status }) => note(`team refused ${status}`))
      .listen(".greeting", ({ from, text }) => note(`${from} says ${text}`))
      .listenForWhisper("waving", ({ name }) => note(`${name} waves`));
  },

  announcements() {
    window.Echo.channel("announcements")
      .subscribed(() => note("on announcements"))
      .listen("Announcement", ({ text }) => note(`announced ${text}`));
  },

  /** The user's own channel, which carries notifications. */
  notifications(user) {
    window.Echo.private(`App.Models.User.${user}`)
      .subscribed(() => note("on notifications"))
      .error(({ status }) => note(`notifications refused ${status}`))
      .notification(({ type, amount, to }) => note(`${type}: ${amount} to ${to}`));
  },

  /** Webhooks, as the application passes them on to operators. */
  operations() {
    window.Echo.private("operations")
      .subscribed(() => note("on operations"))
      .error(({ status }) => note(`operations refused ${status}`))
      .listen("WebhookReceived", ({ event }) => {
        note(["webhook", event.name, event.channel, event.user_id, event.event].filter(Boolean).join(" "));
      });
  },

  /** Posts JSON to the application, naming this page's socket so that it is left out of `toOthers`. */
  async post(path, body, headers = {}) {
    const response = await fetch(path, {
      method: "POST",
      headers: {
        accept: "application/json",
        "content-type": "application/json",
        "x-csrf-token": document.querySelector("meta[name=csrf-token]").content,
        "x-socket-id": window.Echo.socketId(),
        ...headers,
      },
      body: JSON.stringify(body),
    });
    return response.status;
  },
};
