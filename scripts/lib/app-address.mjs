// Web addresses and origins that an app may have.
import { BlockList, isIP } from "node:net";
import { AppRefused } from "./app-refused.mjs";

const MAX_ORIGINS = 100;

// Private, loopback and provider networks. The edge refuses these and more when it sends (core/src/shared/address.rs); here the
// operator gets the error when configuring.
const PRIVATE = new BlockList();
for (const [network, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
]) {
  PRIVATE.addSubnet(network, bits);
}

export function checkOrigins(origins) {
  if (origins.length > MAX_ORIGINS) throw new AppRefused(`an app has at most ${MAX_ORIGINS} origins`);
  if (!origins.every((origin) => origin === "*" || URL.parse(origin)?.origin === origin)) {
    throw new AppRefused("an origin is scheme://host[:port] with nothing after it, or *");
  }
}

/** Whether a deployed edge would send to this URL, judged by the address alone (names are not resolved). */
export function isOnInternet(text) {
  const { protocol, hostname } = new URL(text);
  const family = isIP(hostname.replace(/^\[|\]$/g, ""));
  if (protocol !== "https:") return false;
  if (family === 4) return !PRIVATE.check(hostname);
  // 2000::/3, IPv6 global unicast.
  if (family === 6) return /^\[[23]/.test(hostname);
  return (
    hostname.includes(".") && !/\.(localhost|local|localdomain|internal|intranet|lan|home|corp)\.?$/.test(hostname)
  );
}

export function isWebAddress(text) {
  const url = URL.parse(text);
  return url !== null && ["http:", "https:"].includes(url.protocol) && !url.username && !url.password;
}
