import type { ReactNode } from "react";

/** Where an address can begin, and its characters. */
const SCHEME = /https?:\/\//iy;
const ADDRESS = /[^\s<>"]+/y;
/** Punctuation that ends a sentence or a mark of Markdown, and is no part of a URL. */
const TRAILING = new Set(".,;:!?'\"\u2019\u201d*_~`");

/** The end of a URL without the punctuation behind it; a closing bracket belongs to the URL if it contains the opening one. */
function trimmedEnd(text: string, start: number, end: number): number {
  const [round, square] = [text.slice(start, end).indexOf("("), text.slice(start, end).indexOf("[")];
  const hasOpening = (first: number, at: number) => first >= 0 && start + first < at;
  for (let at = end; at > start; at -= 1) {
    const last = text.charAt(at - 1);
    const isTrailing =
      TRAILING.has(last) || (last === ")" && !hasOpening(round, at)) || (last === "]" && !hasOpening(square, at));
    if (!isTrailing) return at;
  }
  return start;
}

/** What looks like an http or https address at a place of a text: its end, and whether it is one. Linear in its length. */
export function addressAt(text: string, start: number): { end: number; isAddress: boolean } | undefined {
  SCHEME.lastIndex = start;
  if (!SCHEME.test(text)) return undefined;
  ADDRESS.lastIndex = start;
  ADDRESS.test(text);
  const all = ADDRESS.lastIndex;
  const end = trimmedEnd(text, start, all);
  return URL.canParse(text.slice(start, end)) ? { end, isAddress: true } : { end: all, isAddress: false };
}

/** Splits a text into plain parts and http or https links. */
export function linkParts(text: string): { text: string; href?: string }[] {
  const parts: { text: string; href?: string }[] = [];
  let [end, next] = [0, 0];
  for (const { index } of text.matchAll(/https?:\/\//gi)) {
    const found = index < next ? undefined : addressAt(text, index);
    next = found?.end ?? next;
    if (!found?.isAddress) continue;
    if (index > end) parts.push({ text: text.slice(end, index) });
    const address = text.slice(index, found.end);
    parts.push({ text: address, href: new URL(address).href });
    end = found.end;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}

export function Linkified({ text }: { text: string }): ReactNode {
  return linkParts(text).map((part, index) =>
    part.href ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text have no other identity
      <a key={index} href={part.href} target="_blank" rel="noopener noreferrer nofollow">
        {part.text}
      </a>
    ) : (
      part.text
    ),
  );
}
