/**
 * Who sends the requests of the forms: a demo user of the local edge, or whose token the reader pastes. Tokens are in memory only,
 * for as long as the page is open.
 */
import { type DemoPerson, demoPeople, demoToken } from "../app/demo";
import { element, labelled } from "./dom";

const OWN = "own";

/** The fields of all forms of the page have the same value. */
class Identity {
  #chosen: string = OWN;
  #pasted = "";
  readonly #tokens = new Map<string, string>();
  readonly #fields: (() => void)[] = [];
  #people: Promise<DemoPerson[]> | undefined;

  /** The choice of the caller. Only a local edge has demo users. */
  async field(): Promise<HTMLElement> {
    this.#people ??= demoPeople().catch(() => []);
    const people = await this.#people;
    if (this.#fields.length === 0) this.#chosen = people.find(({ name }) => name === "Ana")?.id ?? people[0]?.id ?? OWN;

    const choices = people.map((person) => element("option", { value: person.id }, describe(person)));
    const select = element("select", {}, ...choices, element("option", { value: OWN }, "a token of your own"));
    const token = element("input", { type: "password", autocomplete: "off", spellcheck: "false" });
    const byHand = labelled(["Token"], token);
    const who = labelled(["As"], select);
    who.hidden = people.length === 0;
    const update = () => {
      select.value = this.#chosen;
      token.value = this.#pasted;
      byHand.hidden = this.#chosen !== OWN;
    };
    this.#fields.push(update);
    select.addEventListener("change", () => this.#change(() => (this.#chosen = select.value)));
    token.addEventListener("input", () => this.#change(() => (this.#pasted = token.value)));
    update();
    return element("div", { class: "try-identity" }, who, byHand);
  }

  /** The token of the caller; without one the request is sent as it is. */
  async token(): Promise<string | undefined> {
    if (this.#chosen === OWN) return this.#pasted.trim() || undefined;
    const known = this.#tokens.get(this.#chosen) ?? (await demoToken(this.#chosen));
    this.#tokens.set(this.#chosen, known);
    return known;
  }

  #change(apply: () => void): void {
    apply();
    for (const update of this.#fields) update();
  }
}

function describe({ name, roles, permissions }: DemoPerson): string {
  const facts = [...roles, ...permissions];
  return facts.length === 0 ? name : `${name} (${facts.join(", ")})`;
}

export const identity = new Identity();
