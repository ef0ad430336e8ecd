// HTML as text that is escaped where it is composed.

/** Text that is HTML already. */
export class Html {
  constructor(text) {
    this.text = text;
  }

  toString() {
    return this.text;
  }
}

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

export function escapeHtml(text) {
  return String(text).replace(/[&<>"]/g, (character) => ENTITIES[character]);
}

export function raw(text) {
  return new Html(text);
}

/** Template for HTML: values are escaped unless they are `Html`; lists are joined; `undefined`, `null` and `false` are empty. */
export function html(strings, ...values) {
  return new Html(strings.reduce((text, string, index) => text + written(values[index - 1]) + string));
}

function written(value) {
  if (value === undefined || value === null || value === false) return "";
  if (Array.isArray(value)) return value.map(written).join("");
  return value instanceof Html ? value.text : escapeHtml(value);
}
