// Differences between two versions of the OpenAPI or AsyncAPI document that break clients, by the rules of docs/versioning.md.
import { at, SchemaComparison } from "./schema-changes.mjs";

const METHODS = ["options", "get", "head", "put", "post", "delete", "patch"];

/**
 * Breaking changes of the HTTP API.
 * @param {object} before the released OpenAPI document
 * @param {object} after the present one
 * @returns {string[]}
 */
export function changesOfHttp(before, after) {
  const comparison = new Http(before, after);
  return Object.entries(before.paths).flatMap(([path, methods]) =>
    METHODS.filter((method) => methods[method] !== undefined).flatMap((method) => {
      const place = `${method.toUpperCase()} ${path}`;
      const operation = after.paths[path]?.[method];
      return operation === undefined ? [`${place} was removed`] : comparison.changes(methods[method], operation, place);
    }),
  );
}

/** The same for two AsyncAPI documents. */
export function changesOfEvents(before, after) {
  const channels = Object.keys(before.channels).flatMap((key) => {
    const { address } = before.channels[key];
    const present = after.channels[key]?.address;
    if (present === undefined) return [`the channel ${address} was removed`];
    return present === address ? [] : [`the channel ${address} is now ${present}`];
  });
  const operations = Object.entries(before.operations).flatMap(([name, operation]) => {
    const present = after.operations[name];
    if (present === undefined) return [`the operation ${name} was removed`];
    return messageChanges(before, after, operation, present);
  });
  return [...channels, ...new Set(operations)];
}

/**
 * What is wrong with the declarations of breaking changes.
 * @param {string[]} changes the breaking changes
 * @param {{change: string, reason: string}[]} declared
 * @returns {string[]}
 */
export function undeclared(changes, declared) {
  const known = new Set(declared.map(({ change }) => change));
  const unexplained = declared.filter(({ reason }) => typeof reason !== "string" || reason.trim() === "");
  return [
    ...changes.filter((change) => !known.has(change)).map((change) => `breaking change: ${change}`),
    ...[...known].filter((change) => !changes.includes(change)).map((change) => `declared, but no change: ${change}`),
    ...unexplained.map(({ change }) => `declared without a reason: ${change}`),
  ];
}

function messageChanges(before, after, operation, present) {
  const comparison = new SchemaComparison(before, after);
  const direction = operation.action === "send" ? "response" : "request";
  const opposite = direction === "request" ? "response" : "request";
  const compare = (sent, sentNow, way) =>
    Object.entries(payloads(before, sent)).flatMap(([key, payload]) => {
      const now = payloads(after, sentNow)[key];
      return now === undefined ? [`the message ${key} was removed`] : comparison.changes(way, payload, now, key);
    });
  return [
    ...compare(operation.messages, present.messages, direction),
    ...compare(operation.reply?.messages, present.reply?.messages, opposite),
  ];
}

/** Payload schemas of an operation's messages, by the messages' keys. */
function payloads(document, messages = []) {
  return Object.fromEntries(
    messages.flatMap(({ $ref }) => {
      const message = resolved(document, at(document, $ref));
      return message === undefined ? [] : [[$ref.split("/").at(-1), message.payload]];
    }),
  );
}

/** Compares the operations of two OpenAPI documents. */
class Http {
  constructor(before, after) {
    Object.assign(this, { before, after });
    this.schemas = new SchemaComparison(before, after);
  }

  changes(before, after, place) {
    return [
      ...this.#parameterChanges(before, after, place),
      ...this.#bodyChanges(before, after, place),
      ...this.#answerChanges(before, after, place),
      ...securityChanges(before, after, place),
    ];
  }

  #parameterChanges(before, after, place) {
    const old = parametersOf(this.before, before);
    const present = parametersOf(this.after, after);
    const changes = [...old].flatMap(([name, parameter]) => {
      const now = present.get(name);
      if (now === undefined) return [`${place}: the ${name} was removed`];
      const stricter = now.required && !parameter.required ? [`${place}: the ${name} became required`] : [];
      return [...stricter, ...this.schemas.changes("request", parameter.schema, now.schema, `${place}: the ${name}`)];
    });
    const more = [...present].filter(([name, { required }]) => required && !old.has(name));
    return [...changes, ...more.map(([name]) => `${place}: the ${name} is required`)];
  }

  #bodyChanges({ requestBody: before }, { requestBody: after }, place) {
    if (after === undefined) return before === undefined ? [] : [`${place}: the body was removed`];
    const stricter = after.required && !before?.required ? [`${place}: the body became required`] : [];
    return [...stricter, ...this.#contentChanges("request", before?.content, after.content, `${place}: body`)];
  }

  #answerChanges({ responses: before }, { responses: after }, place) {
    return Object.keys(before).flatMap((status) => {
      const [old, present] = [resolved(this.before, before[status]), resolved(this.after, after[status])];
      const isSuccess = Number(status) < 400;
      if (present === undefined) return isSuccess ? [`${place}: the status ${status} was removed`] : [];
      const headers = Object.keys(old.headers ?? {}).filter((name) => present.headers?.[name] === undefined);
      return [
        ...headers.map((name) => `${place}: ${status} has no header ${name} any more`),
        ...this.#contentChanges("response", old.content, present.content, `${place}: ${status}`),
      ];
    });
  }

  #contentChanges(direction, before = {}, after = {}, place) {
    return Object.entries(before).flatMap(([type, { schema }]) => {
      if (after[type] === undefined) return [`${place}: ${type} was removed`];
      return schema && after[type].schema ? this.schemas.changes(direction, schema, after[type].schema, place) : [];
    });
  }
}

function securityChanges({ security: before = [] }, { security: after = [] }, place) {
  const names = (requirements) =>
    requirements.map((one) => Object.keys(one).sort().join(" and ") || "no authentication");
  // Without requirements nothing has to be proved.
  const [old, present] = [before, after].map((requirements) => (requirements.length === 0 ? [{}] : requirements));
  const removed = names(old).filter(
    (name) => !names(present).includes(name) && !names(present).includes("no authentication"),
  );
  return removed.map((name) => `${place}: ${name} does not suffice any more`);
}

/** Parameters by a name for descriptions, such as "query parameter limit". */
function parametersOf(document, { parameters = [] }) {
  const all = parameters.map((parameter) => resolved(document, parameter));
  return new Map(
    all.map((one) => [`${one.in} parameter ${one.in === "header" ? one.name.toLowerCase() : one.name}`, one]),
  );
}

function resolved(document, value) {
  return value?.$ref === undefined ? value : at(document, value.$ref);
}
