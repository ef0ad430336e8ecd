// The Markdown subset of messages, as `docs/markdown.md` defines it. `docs/markdown-vectors.json` has a tree for each rule.
import { type Inline, parseInline } from "./markdownInline";

export type { Inline, MarkType } from "./markdownInline";

export type Block =
  | { type: "paragraph"; children: Inline[] }
  | { type: "quote"; children: Inline[] }
  | { type: "code"; language?: string; text: string }
  /** With `start`, its items are numbered from there. */
  | { type: "list"; start?: number; items: Inline[][] };

const FENCE = "```";
const LANGUAGE = /^[\w+#.-]{0,30}$/;
const NUMBERED = /^([1-9]\d{0,2})\. /;

interface Item {
  /** Absent if the item has a bullet. */
  number?: number;
  text: string;
}

/** The blocks of a text, in linear time. Blocks are not inside of each other. */
export function parseMarkdown(text: string): Block[] {
  const lines = text.split(/\r?\n/);
  const closing = closingFences(lines);
  const blocks: Block[] = [];
  let plain: string[] = [];
  const endParagraph = () => {
    const body = withoutBlankEnds(plain);
    if (body.length > 0) blocks.push({ type: "paragraph", children: parseInline(body.join("\n")) });
    plain = [];
  };
  for (let at = 0; at < lines.length; ) {
    const end = blockEnd(lines, at, closing);
    if (end === at) {
      plain.push(lines[at] ?? "");
      at += 1;
      continue;
    }
    endParagraph();
    blocks.push(blockOf(lines.slice(at, end)));
    at = end;
  }
  endParagraph();
  return blocks;
}

/** For each line, the first one from there on that ends a block of code. */
function closingFences(lines: string[]): (number | undefined)[] {
  const closing: (number | undefined)[] = [];
  let next: number | undefined;
  for (let at = lines.length - 1; at >= 0; at -= 1) {
    if (lines[at]?.trimEnd() === FENCE) next = at;
    closing[at] = next;
  }
  return closing;
}

/** Where the block that begins at a line ends; the line itself if that is part of a paragraph. */
function blockEnd(lines: string[], start: number, closing: (number | undefined)[]): number {
  const first = lines[start] ?? "";
  if (first.startsWith(FENCE) && LANGUAGE.test(first.slice(FENCE.length).trim())) {
    const close = closing[start + 1];
    return close === undefined ? start : close + 1;
  }
  let end = start;
  if (isQuoted(first)) {
    while (end < lines.length && (isQuoted(lines[end] ?? "") || lines[end]?.trimEnd() === ">")) end += 1;
    return end;
  }
  for (let item = itemOf(first); item; item = followingItem(item, lines[end])) end += 1;
  return end;
}

const isQuoted = (line: string) => line.startsWith("> ") && line.trimEnd() !== ">";

function itemOf(line: string): Item | undefined {
  const number = NUMBERED.exec(line);
  const marker = number ? number[0] : line.startsWith("- ") || line.startsWith("* ") ? line.slice(0, 2) : undefined;
  if (marker === undefined) return undefined;
  const text = line.slice(marker.length).trim();
  if (text === "") return undefined;
  return number ? { number: Number(number[1]), text } : { text };
}

/** The item on the next line, if it belongs to the same list: numbers are shown as they are written. */
function followingItem({ number }: Item, line: string | undefined): Item | undefined {
  const next = line === undefined ? undefined : itemOf(line);
  return next?.number === (number === undefined ? undefined : number + 1) ? next : undefined;
}

/** The block that these lines are. */
function blockOf(lines: string[]): Block {
  const [first = ""] = lines;
  if (first.startsWith(FENCE)) {
    const language = first.slice(FENCE.length).trim();
    const text = lines.slice(1, -1).join("\n");
    return language ? { type: "code", language, text } : { type: "code", text };
  }
  if (first.startsWith(">")) {
    const said = withoutBlankEnds(lines.map((line) => line.slice(2)));
    return { type: "quote", children: parseInline(said.join("\n")) };
  }
  const items = lines.map(itemOf).filter((item) => item !== undefined);
  const list = { type: "list" as const, items: items.map(({ text }) => parseInline(text)) };
  return items[0]?.number === undefined ? list : { ...list, start: items[0].number };
}

function withoutBlankEnds(lines: string[]): string[] {
  const isText = (line: string) => line.trim() !== "";
  return lines.slice(Math.max(0, lines.findIndex(isText)), lines.findLastIndex(isText) + 1);
}

/** A text without its marks, for places that show one line of it. */
export function plainText(blocks: Block[]): string {
  return blocks.map(blockText).join("\n");
}

function blockText(block: Block): string {
  if (block.type === "code") return block.text;
  if (block.type !== "list") return inlineText(block.children);
  const { items, start } = block;
  return items.map((item, at) => `${start === undefined ? "-" : `${start + at}.`} ${inlineText(item)}`).join("\n");
}

function inlineText(parts: Inline[]): string {
  return parts.map((part) => ("text" in part ? part.text : inlineText(part.children))).join("");
}
