/** Makes elements without inline code or styles, which the page's policy refuses. */

type Child = Node | string | undefined;

/** An element with attributes and children. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Record<string, string> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

let fields = 0;

/** A form field with its label. */
export function labelled(text: Child[], field: HTMLElement): HTMLElement {
  fields += 1;
  field.id = `field-${fields}`;
  return element("div", { class: "try-field" }, element("label", { for: field.id }, ...text), field);
}
