// Shows pages of panic alerts on this device while the page is closed. The server sends the text as fields of
// the Notifications API. An unreadable message is shown as an alert too, because it may be real.

const UNREADABLE = { title: "Panic alert", body: "Open to see it.", tag: "panic-alert", requireInteraction: true };
const DASHBOARD = "/security";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("push", (event) => event.waitUntil(show(messageOf(event.data))));
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data ?? {}));
});
// Only a page knows the user: an open page renews the subscription now, otherwise the next page load does.
self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(tellPages({ type: "renew-push" })));

function messageOf(data) {
  try {
    const message = data.json();
    return typeof message?.title === "string" ? message : UNREADABLE;
  } catch {
    return UNREADABLE;
  }
}

// One notification per alert: a newer one replaces the last, and sounds only if the alert needs a guard.
function show({ title, ...options }) {
  const silent = options.silent === true;
  return self.registration.showNotification(title, {
    ...options,
    icon: "/bell.svg",
    badge: "/bell.svg",
    silent,
    renotify: options.renotify === true && !silent && typeof options.tag === "string",
    vibrate: silent ? undefined : [400, 200, 400, 200, 400],
  });
}

// Focuses and notifies an open page, or opens one.
async function open({ alert_id: id, url }) {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages.find(({ visibilityState }) => visibilityState === "visible") ?? pages[0];
  if (page) {
    page.postMessage({ type: "open-alert", id: id === undefined ? undefined : String(id) });
    return page.focus();
  }
  return self.clients.openWindow(ownAddress(url));
}

// A pushed URL of another origin is replaced by the dashboard's.
function ownAddress(url) {
  try {
    const address = new URL(url ?? DASHBOARD, self.location.origin);
    return address.origin === self.location.origin ? address.href : DASHBOARD;
  } catch {
    return DASHBOARD;
  }
}

async function tellPages(message) {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  for (const page of pages) page.postMessage(message);
}
