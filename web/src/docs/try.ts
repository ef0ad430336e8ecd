/** A form for each operation of a page, which sends the request to this deployment and shows the response. */
import { element, labelled } from "./dom";
import { identity } from "./identity";
import { addressOf, findOperation, type Operation, type Parameter } from "./openapi";

/** Longest body that is shown, characters. */
const MOST_SHOWN = 100_000;

function addButton(section: HTMLElement): void {
  const id = section.dataset["try"] ?? "";
  const place = element("div", { class: "try", id: `try-${id}` });
  place.hidden = true;
  const button = element("button", { type: "button", "aria-expanded": "false", "aria-controls": place.id }, "Try it");
  button.addEventListener("click", () => {
    place.hidden = !place.hidden;
    button.setAttribute("aria-expanded", String(!place.hidden));
    if (!place.hidden && place.childElementCount === 0) void fill(place, id);
  });
  section.querySelector(".endpoint")?.append(button);
  section.querySelector(".endpoint")?.after(place);
}

async function fill(place: HTMLElement, id: string): Promise<void> {
  try {
    const operation = await findOperation(id);
    const caller = operation.isByUser ? await identity.field() : undefined;
    if (place.childElementCount === 0) place.append(...form(operation, caller));
  } catch (error) {
    place.replaceChildren(element("p", { role: "alert" }, messageOf(error)));
  }
}

function form(operation: Operation, caller: HTMLElement | undefined): HTMLElement[] {
  const values = new Map<Parameter, string>();
  const fields = operation.parameters.filter(({ in: place }) => place === "path" || place === "query");
  const body = operation.example === undefined ? undefined : bodyField(operation.example);
  const send = element("button", { type: "submit", class: "primary" }, "Send");
  const result = element("div", { class: "try-result", "aria-live": "polite" });
  const made = element(
    "form",
    {},
    caller,
    ...fields.map((parameter) => parameterField(parameter, values)),
    body?.field,
    send,
  );
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    send.disabled = true;
    try {
      result.replaceChildren(...(await call(operation, values, body?.input.value)));
    } catch (error) {
      result.replaceChildren(element("p", { class: "try-failure" }, messageOf(error)));
    }
    send.disabled = false;
  });
  return [made, result];
}

function parameterField(parameter: Parameter, values: Map<Parameter, string>): HTMLElement {
  const isRequired = parameter.in === "path" || parameter.required === true;
  const input = element("input", { type: "text", autocomplete: "off", spellcheck: "false" });
  input.required = isRequired;
  input.addEventListener("input", () => values.set(parameter, input.value));
  return labelled([element("code", {}, parameter.name), isRequired ? " (required)" : undefined], input);
}

function bodyField(example: unknown): { field: HTMLElement; input: HTMLTextAreaElement } {
  const text = JSON.stringify(example, null, 2);
  const lines = String(Math.min(text.split("\n").length + 1, 20));
  const input = element("textarea", { rows: lines, spellcheck: "false" });
  input.value = text;
  return { field: labelled(["Body, JSON"], input), input };
}

async function call(operation: Operation, values: Map<Parameter, string>, body: string | undefined): Promise<Node[]> {
  const headers = new Headers();
  const token = operation.isByUser ? await identity.token() : undefined;
  if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
  const hasBody = body !== undefined && body.trim() !== "";
  if (hasBody) headers.set("content-type", "application/json");
  const address = addressOf(operation, values);
  const began = performance.now();
  const response = await fetch(address, {
    method: operation.method,
    headers,
    credentials: "omit",
    cache: "no-store",
    ...(hasBody ? { body } : {}),
  });
  const text = await response.text();
  const took = Math.round(performance.now() - began);
  return shown(`${operation.method} ${address}`, response, text, took);
}

function shown(request: string, response: Response, text: string, took: number): Node[] {
  const status = element(
    "span",
    { class: `status status-${String(response.status)[0]}`, "data-status": String(response.status) },
    String(response.status),
  );
  const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
  const blocks = [
    element("p", { class: "try-status" }, status, ` ${took} ms `, element("code", {}, request)),
    element("p", { class: "example-title" }, "Headers"),
    element("pre", { class: "code wrapped" }, element("code", {}, headers)),
  ];
  if (text === "") return blocks;
  return [
    ...blocks,
    element("p", { class: "example-title" }, "Body"),
    element("pre", { class: "code wrapped" }, element("code", { "data-body": "" }, readable(text))),
  ];
}

function readable(text: string): string {
  if (text.length > MOST_SHOWN) return `${text.slice(0, MOST_SHOWN)}…`;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "The request was not sent.";
}

for (const section of document.querySelectorAll<HTMLElement>("[data-try]")) addButton(section);
