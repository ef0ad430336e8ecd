// Shows notifications of chats on this device, also while the page is closed. Panic alerts have a worker of their own
// (alerts-worker.js), which nothing here can delay. The server sends what a notification says; the words around it are here, in the
// browser's language.

const ICON = "/bell.svg";
const SCOPE_OF_PAGES = "/";
const WORDS = {
  en: {
    untitled: "New notification",
    test: "Notifications reach this device.",
    mention: (name) => `${name} mentioned you`,
    reply: (name) => `${name} replied in a thread`,
    direct_message: (name) => name,
    invite: (name, title) => `${name} invites you to ${title}`,
    reaction: (name) => `${name} reacted to your message`,
    report: (name) => `${name} reported a message`,
    scheduled_failed: () => "A scheduled message was not sent",
  },
  es: {
    untitled: "Nueva notificación",
    test: "Las notificaciones llegan a este dispositivo.",
    mention: (name) => `${name} te mencionó`,
    reply: (name) => `${name} respondió en un hilo`,
    direct_message: (name) => name,
    invite: (name, title) => `${name} te invita a ${title}`,
    reaction: (name) => `${name} reaccionó a tu mensaje`,
    report: (name) => `${name} denunció un mensaje`,
    scheduled_failed: () => "Un mensaje programado no se envió",
  },
};
const KINDS = ["mention", "reply", "direct_message", "invite", "reaction", "report", "scheduled_failed"];

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("push", (event) => event.waitUntil(show(messageOf(event.data))));
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data ?? {}));
});
// Only a page knows the user: an open page renews the subscription now, otherwise the next page load does.
self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(tellPages({ type: "renew-chat-push" })));

function messageOf(data) {
  try {
    const message = data.json();
    return typeof message === "object" && message !== null ? message : {};
  } catch {
    return {};
  }
}

// Something is shown for every message: browsers end subscriptions of those that show nothing. News of a notification take the place
// of the shown one, without another sound.
function show(message) {
  const words = WORDS[String(self.navigator?.language).startsWith("es") ? "es" : "en"];
  if (message.type === "test") {
    return self.registration.showNotification("Campana", { body: words.test, tag: "notification-test", icon: ICON });
  }
  const { id, at, body, url, conversation_id } = message;
  return self.registration.showNotification(titleOf(message, words), {
    body: typeof body === "string" ? body : "",
    tag: typeof id === "string" ? `notification-${id}` : "notification",
    icon: ICON,
    badge: ICON,
    timestamp: Date.parse(at) || Date.now(),
    data: { id, url, conversation_id },
  });
}

function titleOf({ kind, title, actor }, words) {
  const name = typeof actor === "string" ? actor : undefined;
  const given = typeof title === "string" && title !== "" ? title : undefined;
  if (kind === "scheduled_failed") return words.scheduled_failed();
  if (KINDS.includes(kind) && name) return words[kind](name, given ?? "");
  return given ?? words.untitled;
}

// A backend's address is opened as it is. Everything else an open page opens, or a new one.
async function open({ id, url }) {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages.find(({ visibilityState }) => visibilityState === "visible") ?? pages[0];
  const address = safeAddress(url);
  if (address) {
    page?.postMessage({ type: "read-notification", id });
    return self.clients.openWindow(address);
  }
  if (page) {
    if (typeof id === "string") page.postMessage({ type: "open-notification", id });
    return page.focus();
  }
  return self.clients.openWindow(
    typeof id === "string" ? `${SCOPE_OF_PAGES}#/n/${encodeURIComponent(id)}` : SCOPE_OF_PAGES,
  );
}

// Of this origin, or of another by HTTPS.
function safeAddress(url) {
  if (typeof url !== "string") return undefined;
  try {
    const { href, origin, protocol, username, password } = new URL(url, self.location.origin);
    const isSafe = (origin === self.location.origin || protocol === "https:") && username === "" && password === "";
    return isSafe ? href : undefined;
  } catch {
    return undefined;
  }
}

async function tellPages(message) {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  for (const page of pages) page.postMessage(message);
}
