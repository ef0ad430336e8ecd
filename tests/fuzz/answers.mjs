// Descriptions of faults in answers; undefined for an answer as documented.

const TYPE_BASE = "https://campana.dev/problems/";
const PROBLEM = "application/problem+json";
/** Paths that the edge answers; all others are files of the web app. */
const OF_EDGE = /^\/(api\/|healthz$|metrics$|metrics\/|app\/|apps\/|broadcasting\/|problems\/)/;
const OF_BACKENDS = /^\/apps\//;
const RETRY_AFTER = /^\d+$/;

/**
 * @param {{status: number, headers: object, body: Buffer}} answer
 * @returns {string | undefined}
 */
export function faultOfAnswer({ method, path }, { status, headers, body }) {
  if (status >= 500) return `status ${status}: ${body.toString("utf8").slice(0, 300)}`;
  const pathname = pathnameOf(path);
  if (pathname === undefined || !OF_EDGE.test(pathname) || method === "HEAD") return undefined;
  const type = headers["content-type"] ?? "";
  if (status === 429 && !RETRY_AFTER.test(headers["retry-after"] ?? "")) return "429 without Retry-After";
  if (status >= 400) {
    if (type === PROBLEM) return faultOfProblem(body, status);
    return OF_BACKENDS.test(pathname) && type === "text/plain; charset=utf-8" ? undefined : `${status} as "${type}"`;
  }
  if (/[/+]json\b/.test(type) && !isJson(body)) return `${status} with JSON that cannot be read`;
  if (/[/+]jsonl\b/.test(type) && !body.toString("utf8").split("\n").filter(Boolean).every(isJson)) {
    return `${status} with lines of JSON that cannot be read`;
  }
  return /[/+]xml\b/.test(type) ? faultOfXml(body.toString("utf8")) : undefined;
}

/** The path as the platform parses it, without dot segments; undefined if it is invalid. */
function pathnameOf(path) {
  try {
    return new URL(path, "http://localhost").pathname;
  } catch {
    return undefined;
  }
}

function faultOfProblem(body, status) {
  const problem = isJson(body) ? JSON.parse(body.toString("utf8")) : undefined;
  const fault = problem === undefined ? "is no JSON" : faultOfMembers(problem);
  if (fault) return `a problem that ${fault}`;
  if (!problem.type.startsWith(TYPE_BASE)) return `a problem of another type: ${problem.type}`;
  return problem.status === status ? undefined : `a problem of status ${problem.status} with ${status}`;
}

function faultOfMembers(problem) {
  if (typeof problem !== "object" || problem === null) return "is no object";
  for (const name of ["type", "title", "detail"]) if (typeof problem[name] !== "string") return `has no ${name}`;
  if (!Number.isInteger(problem.status)) return "has no status";
  return Array.isArray(problem.errors) ? undefined : "has no errors";
}

function isJson(body) {
  try {
    JSON.parse(typeof body === "string" ? body : new TextDecoder("utf-8", { fatal: true }).decode(body));
    return true;
  } catch {
    return false;
  }
}

const NO_XML = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const TAG = /<(\/?)([\w:]+)[^<>]*?(\/?)>/g;

/** A fault in an XML document: a character outside XML 1.0, or an unclosed element. */
function faultOfXml(text) {
  const odd = NO_XML.exec(text)?.[0];
  if (odd) return `XML with the character ${odd.codePointAt(0).toString(16)}`;
  const open = [];
  for (const [, end, name, empty] of text.matchAll(TAG)) {
    if (end && open.pop() !== name) return `XML with </${name}> out of place`;
    if (!end && !empty) open.push(name);
  }
  const between = text.replace(/^<\?xml[^>]*\?>/, "").replaceAll(TAG, "");
  if (open.length > 0 || /<|&(?!(amp|lt|gt|quot|apos|#\d+|#x[\da-f]+);)/i.test(between))
    return "XML that is not well-formed";
  return undefined;
}

/** A fault in a frame of a native socket. */
export function faultOfFrame(frame) {
  if (frame === null || typeof frame !== "object") return `a frame that is no object: ${JSON.stringify(frame)}`;
  if (frame.unreadable !== undefined) return `a frame that is no JSON: ${frame.unreadable}`;
  if (frame.type !== "error") return undefined;
  const fault = faultOfMembers(frame);
  if (fault) return `an error frame that ${fault}`;
  if (typeof frame.error !== "string") return "an error frame without its name";
  return frame.status >= 500 ? `an error frame of status ${frame.status}: ${frame.detail}` : undefined;
}

/** A fault in a frame of a Pusher socket. */
export function faultOfPusherFrame(frame) {
  if (frame === null || typeof frame !== "object") return `a frame that is no object: ${JSON.stringify(frame)}`;
  if (frame.unreadable !== undefined) return `a frame that is no JSON: ${frame.unreadable}`;
  if (typeof frame.event !== "string") return `a frame without an event: ${JSON.stringify(frame).slice(0, 200)}`;
  if (frame.event === "pusher:subscription_error") {
    const { status, error } = JSON.parse(frame.data);
    if (status >= 500) return `a subscription is refused with ${status}: ${error}`;
  }
  if (frame.event === "pusher:error" && /not possible at the moment/.test(frame.data?.message)) {
    return `an error: ${frame.data.message}`;
  }
  return undefined;
}

const CLOSES = [4400, 4401, 4403, 4408, 4413, 4429];

/** A fault in the close of an open native socket, which no error frame has to precede. */
export function faultOfClose({ code, reason }) {
  return CLOSES.includes(code) ? undefined : `closed with ${code} "${reason}"`;
}

/** A fault in the close of a refused handshake; `error` is the frame with the reason. */
export function faultOfRefusal({ code, reason }, error) {
  if (error === undefined) return `closed with ${code} "${reason}" without a word`;
  return code === codeOf(error.status) ? undefined : `closed with ${code} after the error "${error.error}"`;
}

function codeOf(status) {
  if ([400, 413, 415, 422].includes(status)) return 4400;
  return { 401: 4401, 429: 4429 }[status] ?? 4403;
}

const PUSHER_CLOSES = [4001, 4003, 4004, 4005, 4006, 4007, 4008, 4009, 4100, 4200, 4201, 4202];

/** The same for a Pusher socket. Only a client over the rate limit may get an over-capacity code. */
export function faultOfPusherClose({ code, reason }, { isTooFast }) {
  if (!PUSHER_CLOSES.includes(code)) return `closed with ${code} "${reason}"`;
  return code === 4100 && !isTooFast ? "closed with 4100 though there is room" : undefined;
}
