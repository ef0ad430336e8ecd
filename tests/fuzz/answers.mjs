// What is wrong with an answer, in words; nothing, if it is as the contract has it.

const TYPE_BASE = "https://campana.dev/problems/";
const PROBLEM = "application/problem+json";
/** What belongs to the edge; everything else is a file of the web app's, or its page. */
const OF_EDGE = /^\/(api\/|healthz$|metrics$|metrics\/|app\/|apps\/|broadcasting\/)/;
const OF_BACKENDS = /^\/apps\//;
const RETRY_AFTER = /^\d+$/;

/**
 * @param {{status: number, headers: object, body: Buffer}} answer
 * @returns {string | undefined}
 */
export function faultOfAnswer({ method, path }, { status, headers, body }) {
  if (status >= 500) return `status ${status}: ${body.toString("utf8").slice(0, 300)}`;
  const place = placeOf(path);
  if (place === undefined || !OF_EDGE.test(place) || method === "HEAD") return undefined;
  const type = headers["content-type"] ?? "";
  if (status === 429 && !RETRY_AFTER.test(headers["retry-after"] ?? "")) return "429 without Retry-After";
  if (status >= 400) {
    if (type === PROBLEM) return faultOfProblem(body, status);
    return OF_BACKENDS.test(place) && type === "text/plain; charset=utf-8" ? undefined : `${status} as "${type}"`;
  }
  if (/[/+]json\b/.test(type) && !isJson(body)) return `${status} with JSON that cannot be read`;
  if (/[/+]jsonl\b/.test(type) && !body.toString("utf8").split("\n").filter(Boolean).every(isJson)) {
    return `${status} with lines of JSON that cannot be read`;
  }
  return /[/+]xml\b/.test(type) ? faultOfXml(body.toString("utf8")) : undefined;
}

/** The path as the platform sees it: without dot segments, or nothing if it is no address. */
function placeOf(path) {
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

/** What is wrong with a document of elements: a character that XML 1.0 does not have, or an element that does not end. */
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

/** What is wrong with a frame of a native socket. */
export function faultOfFrame(frame) {
  if (frame === null || typeof frame !== "object") return `a frame that is no object: ${JSON.stringify(frame)}`;
  if (frame.unreadable !== undefined) return `a frame that is no JSON: ${frame.unreadable}`;
  if (frame.type !== "error") return undefined;
  const fault = faultOfMembers(frame);
  if (fault) return `an error frame that ${fault}`;
  if (typeof frame.error !== "string") return "an error frame without its name";
  return frame.status >= 500 ? `an error frame of status ${frame.status}: ${frame.detail}` : undefined;
}

/** What is wrong with a frame of a Pusher client's socket. */
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

/** What is wrong with the end of a native socket that was open: the server need not have said anything before. */
export function faultOfClose({ code, reason }) {
  return CLOSES.includes(code) ? undefined : `closed with ${code} "${reason}"`;
}

/** What is wrong with the end of one that was not welcomed; `error` is the frame that says why. */
export function faultOfRefusal({ code, reason }, error) {
  if (error === undefined) return `closed with ${code} "${reason}" without a word`;
  return code === codeOf(error.status) ? undefined : `closed with ${code} after the error "${error.error}"`;
}

function codeOf(status) {
  if ([400, 413, 415, 422].includes(status)) return 4400;
  return { 401: 4401, 429: 4429 }[status] ?? 4403;
}

const PUSHER_CLOSES = [4001, 4003, 4004, 4005, 4006, 4007, 4008, 4009, 4100, 4200, 4201, 4202];

/** The same of a Pusher client's socket. Who is not too fast does not hear that there is no room. */
export function faultOfPusherClose({ code, reason }, { isTooFast }) {
  if (!PUSHER_CLOSES.includes(code)) return `closed with ${code} "${reason}"`;
  return code === 4100 && !isTooFast ? "closed with 4100 though there is room" : undefined;
}
