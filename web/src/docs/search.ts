/** The search of the documentation: a combobox in the head of every page. Its index is loaded when the field gets the focus. */
import MiniSearch from "minisearch";
import { element } from "./dom";
import options from "./searchOptions.json";

/** Address of the index; the build replaces it. */
declare const SEARCH_INDEX: string;

interface Found {
  id: number;
  kind: string;
  title: string;
  about: string;
  url: string;
}

const MOST_RESULTS = 12;
/** A short word matches as it is: as the beginning of others it would match nearly everything. */
const MATCH = {
  prefix: (term: string) => term.length > 2,
  fuzzy: (term: string) => (term.length > 4 ? 0.15 : false),
  boost: { title: 6, about: 3 },
};
const LISTBOX = "search-results";

export class Search {
  readonly #field: HTMLInputElement;
  readonly #list: HTMLUListElement;
  readonly #status: HTMLElement;
  #index: Promise<MiniSearch> | undefined;
  #options: HTMLAnchorElement[] = [];
  #active = -1;

  constructor(place: HTMLElement) {
    this.#field = element("input", {
      type: "search",
      role: "combobox",
      "aria-label": "Search the documentation",
      "aria-controls": LISTBOX,
      "aria-expanded": "false",
      "aria-autocomplete": "list",
      "aria-keyshortcuts": "/",
      autocomplete: "off",
      spellcheck: "false",
      placeholder: "Search",
    });
    this.#list = element("ul", { id: LISTBOX, class: "results", role: "listbox", "aria-label": "Results" });
    this.#list.hidden = true;
    this.#status = element("p", { class: "visually-hidden", role: "status" });
    place.append(this.#field, this.#list, this.#status);
    place.hidden = false;
    this.#listen(place);
  }

  #listen(place: HTMLElement): void {
    this.#field.addEventListener("focus", () => void this.#load());
    this.#field.addEventListener("input", () => void this.#search());
    this.#field.addEventListener("keydown", (event) => this.#press(event));
    place.addEventListener("focusout", ({ relatedTarget }) => {
      if (!(relatedTarget instanceof Node && place.contains(relatedTarget))) this.#close();
    });
    document.addEventListener("keydown", (event) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
      event.preventDefault();
      this.#field.focus();
    });
  }

  #load(): Promise<MiniSearch> {
    this.#index ??= fetchIndex().catch((error: unknown) => {
      // The next key press tries again.
      this.#index = undefined;
      throw error;
    });
    this.#index.catch(() => this.#tell("The search is not available at the moment."));
    return this.#index;
  }

  async #search(): Promise<void> {
    const query = this.#field.value.trim();
    if (query === "") return this.#close();
    let index: MiniSearch;
    try {
      index = await this.#load();
    } catch {
      return;
    }
    // The user may have typed more while the index was loading.
    if (query !== this.#field.value.trim()) return;
    const withAll = index.search(query, { ...MATCH, combineWith: "AND" });
    const found = withAll.length > 0 ? withAll : index.search(query, MATCH);
    this.#show(found.slice(0, MOST_RESULTS) as unknown as Found[]);
  }

  #show(found: Found[]): void {
    this.#options = found.map(({ id, kind, title, about, url }) =>
      element(
        "a",
        { id: `result-${id}`, role: "option", href: url, tabindex: "-1", "aria-selected": "false" },
        element("span", { class: "result-title" }, title),
        element("span", { class: "result-kind" }, kind),
        element("span", { class: "result-about" }, about),
      ),
    );
    this.#list.replaceChildren(...this.#options.map((option) => element("li", { role: "none" }, option)));
    this.#list.hidden = found.length === 0;
    this.#field.setAttribute("aria-expanded", String(found.length > 0));
    this.#activate(-1);
    this.#tell(found.length === 0 ? "Nothing found" : `${found.length} ${found.length === 1 ? "result" : "results"}`);
    this.#field.classList.toggle("without-results", found.length === 0);
  }

  #press(event: KeyboardEvent): void {
    const count = this.#options.length;
    if (event.key === "Escape") {
      this.#close();
    } else if (event.key === "Enter") {
      this.#options[Math.max(this.#active, 0)]?.click();
    } else if (count > 0 && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.#activate(this.#active < 0 && step < 0 ? count - 1 : (this.#active + step + count) % count);
    }
  }

  /** Makes a result the active one; -1 for none. The focus stays in the field. */
  #activate(position: number): void {
    this.#active = position;
    for (const [index, option] of this.#options.entries()) {
      option.setAttribute("aria-selected", String(index === position));
    }
    const option = this.#options[position];
    if (option) {
      this.#field.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else {
      this.#field.removeAttribute("aria-activedescendant");
    }
  }

  #close(): void {
    this.#options = [];
    this.#list.replaceChildren();
    this.#list.hidden = true;
    this.#field.setAttribute("aria-expanded", "false");
    this.#field.classList.remove("without-results");
    this.#activate(-1);
  }

  #tell(text: string): void {
    this.#status.textContent = text;
  }
}

async function fetchIndex(): Promise<MiniSearch> {
  const response = await fetch(SEARCH_INDEX);
  if (!response.ok) throw new Error(`the index answered ${response.status}`);
  return MiniSearch.loadJSON(await response.text(), options);
}

function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input, textarea, select");
}
