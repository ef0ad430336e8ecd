// Headers that an operator adds to a webhook's requests. The edge has the same rules (core/src/webhooks/channels/headers.rs) and leaves
// out what it does not allow.

const MAX_HEADERS = 10;
const MAX_NAME_CHARS = 64;
const MAX_VALUE_CHARS = 1_024;
/** Names that concern the connection or the message, which the sender sets. */
const RESERVED = new Set([
  ...["accept-encoding", "connection", "content-encoding", "content-length", "content-type", "cookie", "expect"],
  ...["host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "via"],
]);
const RESERVED_PREFIX = /^(x-pusher-|x-campana-|cf-|proxy-|sec-|x-forwarded-)/;

/**
 * The headers of `NAME: VALUE` texts.
 * @param {string[]} texts
 * @param {(reason: string) => Error} refuse makes the error for the operator
 */
export function parseHeaders(texts, refuse) {
  if (texts.length > MAX_HEADERS) throw refuse(`a webhook has at most ${MAX_HEADERS} headers`);
  const headers = {};
  for (const text of texts) {
    const [, name, value] = /^([^:]*):[ \t]*(.*)$/s.exec(text) ?? [];
    if (!isName(name) || !isValue(value)) {
      throw refuse(`--header is NAME: VALUE in ASCII, of at most ${MAX_NAME_CHARS} and ${MAX_VALUE_CHARS} characters`);
    }
    const lower = name.toLowerCase();
    if (RESERVED.has(lower) || RESERVED_PREFIX.test(lower)) throw refuse(`the edge sets the header ${name} itself`);
    headers[lower] = value;
  }
  return headers;
}

function isName(name) {
  return name !== undefined && name.length <= MAX_NAME_CHARS && /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name);
}

function isValue(value) {
  return value.length <= MAX_VALUE_CHARS && /^[ -~]*$/.test(value);
}
