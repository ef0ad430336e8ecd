import type { ReactNode } from "react";

const ADDRESS = /https?:\/\/[^\s<>"]+/gi;
/** Punctuation that ends a sentence and is no part of a URL. */
const TRAILING = /[.,;:!?'"\u2019\u201d]+$/;

/** Splits a URL from trailing punctuation; a closing bracket belongs to the URL if it contains the opening one. */
function trimmed(match: string): string {
  let address = match;
  for (;;) {
    const before = address;
    address = address.replace(TRAILING, "");
    if (address.endsWith(")") && !address.includes("(")) address = address.slice(0, -1);
    if (address.endsWith("]") && !address.includes("[")) address = address.slice(0, -1);
    if (address === before) return address;
  }
}

/** Splits a text into plain parts and http or https links. */
export function linkParts(text: string): { text: string; href?: string }[] {
  const parts: { text: string; href?: string }[] = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = trimmed(match[0]);
    if (!URL.canParse(address)) continue;
    if (match.index > end) parts.push({ text: text.slice(end, match.index) });
    parts.push({ text: address, href: new URL(address).href });
    end = match.index + address.length;
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
