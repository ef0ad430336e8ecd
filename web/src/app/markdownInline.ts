import { addressAt } from "./linkify";

export type MarkType = "bold" | "italic" | "strike";

export type Inline =
  | { type: "text"; text: string }
  | { type: MarkType; children: Inline[] }
  | { type: "code"; text: string }
  | { type: "link"; url: string; children: Inline[] };

/** Longest user id in `@[id]`, as on the server. */
const MAX_ID_LENGTH = 128;
const WORD = /[\p{L}\p{N}]/u;
const SPACE = /\s/;
const PUNCTUATION = /[!-/:-@[-`{-~]/;
const code = (character: string) => character.charCodeAt(0);
const [NEWLINE, BACKSLASH, BACKTICK, AT] = [code("\n"), code("\\"), code("`"), code("@")];
const [OPEN, CLOSE, ROUND_OPEN, ROUND_CLOSE] = [code("["), code("]"), code("("), code(")")];
const [STAR, UNDERSCORE, TILDE, H, CAPITAL_H] = [code("*"), code("_"), code("~"), code("h"), code("H")];

interface Run {
  start: number;
  length: number;
}

/** An open mark: where its characters are in the list of parts. No two have the same type and character, which bounds the depth. */
interface Opener {
  type: MarkType;
  character: number;
  part: number;
}

/** Where a run of marks stands: what may begin and end there. */
interface Place {
  character: number;
  opens: boolean;
  closes: boolean;
  /** Whether a letter or a digit is in front of it, and behind it. */
  afterWord: boolean;
  beforeWord: boolean;
}

/** The marks, code and links of a text without blocks. In the text of a link there are no further links. */
export function parseInline(text: string, isInLink = false): Inline[] {
  return new InlineParser(text, isInLink).parse();
}

/**
 * Reads a text once from left to right. What it looks ahead for is bounded, is found at once in a list made before, or ends at a character
 * that ends the next look as well, so the time is linear. Each character is read by `charCodeAt`, which the test of that counts.
 */
class InlineParser {
  /** Parts that are read, with the characters of open marks as text. */
  #parts: Inline[] = [];
  #openers: Opener[] = [];
  #at = 0;
  /** Where the text that is no part yet begins. */
  #from = 0;
  /** Runs of backticks, and the longest one from each on. */
  #runs: Run[] = [];
  #longest: number[] = [];
  #nextRun = 0;

  constructor(
    readonly text: string,
    readonly isInLink: boolean,
  ) {}

  parse(): Inline[] {
    this.#findRuns();
    while (this.#at < this.text.length) this.#step();
    this.#flush();
    return merged(this.#parts);
  }

  #step(): void {
    const start = this.#at;
    switch (this.text.charCodeAt(start)) {
      case NEWLINE:
        // Marks end on their line.
        this.#openers = [];
        this.#at += 1;
        return;
      case BACKSLASH:
        return this.#escape();
      case BACKTICK:
        return this.#code();
      case AT:
        return this.#mention();
      case OPEN:
        return this.#link();
      case H:
      case CAPITAL_H:
        return this.#address();
      case STAR:
      case UNDERSCORE:
      case TILDE:
        return this.#marks();
      default:
        this.#at += 1;
    }
  }

  /** Ends the text in front of a part. */
  #flush(): void {
    if (this.#at > this.#from) this.#parts.push({ type: "text", text: this.text.slice(this.#from, this.#at) });
    this.#from = this.#at;
  }

  #push(part: Inline, end: number): void {
    this.#flush();
    this.#parts.push(part);
    this.#at = end;
    this.#from = end;
  }

  #escape(): void {
    const next = this.text.charAt(this.#at + 1);
    if (PUNCTUATION.test(next)) this.#push({ type: "text", text: next }, this.#at + 2);
    else this.#at += 1;
  }

  #findRuns(): void {
    if (!this.text.includes("`")) return;
    for (let at = 0; at < this.text.length; at += 1) {
      const start = at;
      while (this.text.charCodeAt(at) === BACKTICK) at += 1;
      if (at > start) this.#runs.push({ start, length: at - start });
    }
    let longest = 0;
    for (let index = this.#runs.length - 1; index >= 0; index -= 1) {
      longest = Math.max(longest, this.#runs[index]?.length ?? 0);
      this.#longest[index] = longest;
    }
  }

  /** A run of backticks ends at the first place behind it with as many: what the server takes for code, too. */
  #code(): void {
    const length = this.#runLength(BACKTICK);
    const start = this.#at + length;
    while ((this.#runs[this.#nextRun]?.start ?? start) < start) this.#nextRun += 1;
    if ((this.#longest[this.#nextRun] ?? 0) < length) {
      this.#at = start;
      return;
    }
    while ((this.#runs[this.#nextRun]?.length ?? length) < length) this.#nextRun += 1;
    const end = this.#runs[this.#nextRun]?.start ?? start;
    const inside = this.text.slice(start, end);
    this.#push({ type: "code", text: withoutPadding(inside) }, end + length);
    if (inside.includes("\n")) this.#openers = [];
  }

  /** `@[id]` stays as it is. */
  #mention(): void {
    this.#at += 1;
    if (this.text.charCodeAt(this.#at) !== OPEN) return;
    const end = this.#closingBracket(this.#at + 1, MAX_ID_LENGTH);
    if (end !== undefined) this.#at = end + 1;
  }

  /** Where the bracket that was opened in front of a place is closed, if no other is opened before. */
  #closingBracket(from: number, most = Number.POSITIVE_INFINITY): number | undefined {
    for (let at = from; at < this.text.length && at - from <= most; at += 1) {
      const character = this.text.charCodeAt(at);
      if (character === CLOSE) return at > from ? at : undefined;
      if (character === OPEN || character === NEWLINE) return undefined;
      if (character === BACKSLASH) at += 1;
    }
    return undefined;
  }

  #link(): void {
    const start = this.#at + 1;
    this.#at = start;
    if (this.isInLink) return;
    const end = this.#closingBracket(start);
    if (end === undefined || this.text.charCodeAt(end + 1) !== ROUND_OPEN) return;
    const urlEnd = this.#urlEnd(end + 2);
    const label = this.text.slice(start, end);
    const url = urlEnd === undefined ? "" : this.text.slice(end + 2, urlEnd);
    // A text that is an address itself could name another one than that which the link opens.
    if (urlEnd === undefined || label.trim() === "" || label.includes("://")) return;
    if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return;
    this.#at = start - 1;
    this.#push({ type: "link", url, children: parseInline(label, true) }, urlEnd + 1);
  }

  /** The end of the address in round brackets: it can have round brackets in pairs, and no white space or other brackets. */
  #urlEnd(from: number): number | undefined {
    let depth = 0;
    for (let at = from; at < this.text.length; at += 1) {
      const character = this.text.charCodeAt(at);
      if (character === ROUND_CLOSE && depth === 0) return at;
      if (character === ROUND_OPEN) depth += 1;
      else if (character === ROUND_CLOSE) depth -= 1;
      else if (character === OPEN || character === CLOSE || /[\s<>"]/.test(this.text.charAt(at))) return undefined;
    }
    return undefined;
  }

  #address(): void {
    const found = this.isInLink ? undefined : addressAt(this.text, this.#at);
    if (!found) this.#at += 1;
    else if (!found.isAddress) this.#at = found.end;
    else {
      const url = this.text.slice(this.#at, found.end);
      this.#push({ type: "link", url, children: [{ type: "text", text: url }] }, found.end);
    }
  }

  #runLength(character: number): number {
    let end = this.#at;
    while (this.text.charCodeAt(end) === character) end += 1;
    return end - this.#at;
  }

  /** A run of one, two or three marks. Three are bold and italic. */
  #marks(): void {
    const character = this.text.charCodeAt(this.#at);
    const length = this.#runLength(character);
    const place = this.#place(character, this.#at + length);
    const types = typesOf(character, length);
    if (types.length === 0) {
      this.#at += length;
      return;
    }
    // What was opened last is closed first.
    if (types.length === 2 && place.closes && this.#openers.at(-1)?.type === "italic") types.reverse();
    for (const type of types) this.#mark(type, place);
  }

  #place(character: number, end: number): Place {
    const [before, after] = [characterBefore(this.text, this.#at), characterAfter(this.text, end)];
    return {
      character,
      opens: after !== "" && !SPACE.test(after),
      closes: before !== "" && !SPACE.test(before),
      afterWord: WORD.test(before),
      beforeWord: WORD.test(after),
    };
  }

  #mark(type: MarkType, { character, opens, closes, afterWord, beforeWord }: Place): void {
    const length = type === "italic" ? 1 : 2;
    const isOpen = this.#openers.find((opener) => opener.type === type && opener.character === character);
    // Italic is for whole words: the marks inside of snake_case and 2*3*4 are none.
    if (isOpen && closes && !(type === "italic" && beforeWord)) return this.#close(isOpen, length);
    const end = this.#at + length;
    if (opens && !(type === "italic" && afterWord)) {
      this.#flush();
      this.#openers = this.#openers.filter((opener) => opener !== isOpen);
      this.#openers.push({ type, character, part: this.#parts.length });
      this.#at = end;
      this.#flush();
    }
    this.#at = end;
  }

  #close(opener: Opener, length: number): void {
    const end = this.#at + length;
    this.#flush();
    const children = merged(this.#parts.splice(opener.part).slice(1));
    // What was opened inside of it, and not closed, is text.
    this.#openers = this.#openers.slice(0, this.#openers.indexOf(opener));
    this.#push({ type: opener.type, children }, end);
  }
}

function typesOf(character: number, length: number): MarkType[] {
  if (character === TILDE) return length === 2 ? ["strike"] : [];
  if (character === UNDERSCORE) return length === 1 ? ["italic"] : [];
  if (length === 3) return ["bold", "italic"];
  return length === 2 ? ["bold"] : length === 1 ? ["italic"] : [];
}

/** The character in front of a place, and behind it: of two code units if it has two. */
function characterBefore(text: string, at: number): string {
  const isPair = /[\uDC00-\uDFFF]/.test(text.charAt(at - 1));
  return text.slice(Math.max(0, at - (isPair ? 2 : 1)), at);
}

function characterAfter(text: string, at: number): string {
  return at < text.length ? String.fromCodePoint(text.codePointAt(at) ?? 0) : "";
}

/** Code that begins or ends with a backtick has a space on both sides, which is no part of it. */
function withoutPadding(text: string): string {
  const isPadded = text.startsWith(" ") && text.endsWith(" ") && text.trim() !== "";
  return isPadded ? text.slice(1, -1) : text;
}

/** The parts with one text where several follow each other. */
function merged(parts: Inline[]): Inline[] {
  const whole: Inline[] = [];
  let texts: string[] = [];
  const endText = () => {
    if (texts.length > 0) whole.push({ type: "text", text: texts.join("") });
    texts = [];
  };
  for (const part of parts) {
    if (part.type === "text") texts.push(part.text);
    else {
      endText();
      whole.push(part);
    }
  }
  endText();
  return whole;
}
