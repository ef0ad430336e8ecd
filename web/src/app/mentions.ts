import type { Mention } from "../client";

/** A part of a text: plain, or a mention. */
export interface TextPart {
  text: string;
  mention?: "me" | "other";
}

/** Most words of a name, as on the server. */
const MAX_NAME_WORDS = 4;
/** Of a longer word, the beginning is looked at: a text full of @ without spaces would else be read to its end at each of them. */
const PLACE = /(?<![\p{L}\p{N}@])@(?:\[([^\]]{1,128})\]|([\p{L}\p{N}]\S{0,99}(?:\s[\p{L}\p{N}]\S{0,99}){0,3}))/gu;
const AFTER_NAME = /[^\p{L}\p{N}]+$/u;
const TYPED = /(?<![\p{L}\p{N}@])@([\p{L}\p{N}][\p{L}\p{N}\p{M}'’.-]*)$/u;

/** Without case and accents. */
function fold(name: string): string {
  return name.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

/** The names that the words after an @ may be, the longest first, each as it is written. */
function candidates(words: string): string[] {
  const names: string[] = [];
  let end = 0;
  for (const word of words.split(/\s/).slice(0, MAX_NAME_WORDS)) {
    const name = word.replace(AFTER_NAME, "");
    if (name === "") break;
    names.unshift(words.slice(0, end + name.length));
    if (name.length < word.length) break;
    end += word.length + 1;
  }
  return names;
}

/** Whether a name is all of a person's name, or some of its words in order. */
function isIn(name: string, whole: string): boolean {
  return ` ${fold(whole)} `.includes(` ${fold(name)} `);
}

/**
 * Splits a text without code and links into plain parts and the mentions that the server has found in it. `nameOf` gives the name of a
 * user, if known.
 */
export function textParts(
  text: string,
  mentions: Mention[],
  me: string,
  nameOf: (userId: string) => string | undefined,
): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  PLACE.lastIndex = 0;
  for (let match = PLACE.exec(text); match; match = PLACE.exec(text)) {
    const found = meant(match[1], match[2], mentions, nameOf);
    if (!found) {
      PLACE.lastIndex = match.index + 1;
      continue;
    }
    if (match.index > end) parts.push({ text: text.slice(end, match.index) });
    const isMe = found.mention.user_id === null || found.mention.user_id === me;
    parts.push({ text: found.shown, mention: isMe ? "me" : "other" });
    end = match.index + found.length;
    PLACE.lastIndex = end;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}

/** The mention at a place of a text, how it is shown, and its length in the text. */
function meant(
  id: string | undefined,
  words: string | undefined,
  mentions: Mention[],
  nameOf: (userId: string) => string | undefined,
): { mention: Mention; shown: string; length: number } | undefined {
  if (id !== undefined) {
    const mention = mentions.find(({ user_id }) => user_id === id);
    return mention && { mention, shown: `@${nameOf(id) ?? id}`, length: id.length + 3 };
  }
  const names = candidates(words ?? "");
  const first = names.at(-1);
  if (first === undefined) return undefined;
  const of = (name: string, mention: Mention | undefined) =>
    mention && { mention, shown: `@${name}`, length: name.length + 1 };
  const all = mentions.find(({ type }) => type === first);
  if (all && first !== "user") return of(first, all);
  for (const name of names) {
    const mention = mentions.find(({ user_id }) => user_id !== null && isIn(name, nameOf(user_id) ?? ""));
    if (mention) return of(name, mention);
  }
  // The name of a mentioned person is not known here: the first word is part of it.
  return of(
    first,
    mentions.find(({ user_id }) => user_id !== null && nameOf(user_id) === undefined),
  );
}

/** The mentions of all members whose word begins with the letters. */
export function allMentions(q: string): ("here" | "room")[] {
  return (["here", "room"] as const).filter((word) => q !== "" && word.startsWith(q.toLowerCase()));
}

/** The letters after an @ in front of the caret, and where the @ is. */
export function typedMention(text: string, caret: number): { q: string; start: number } | undefined {
  const match = TYPED.exec(text.slice(0, caret));
  return match?.[1] === undefined ? undefined : { q: match[1], start: match.index };
}

/** How a person is mentioned: by name if the server takes that for exactly them, else by id. */
export function mentionOf(
  person: { user_id: string; name: string },
  others: { user_id: string; name: string }[],
): string {
  const { user_id, name } = person;
  const words = name.split(/\s/);
  const isPlain = words.every((word) => /^[\p{L}\p{N}](?:.*[\p{L}\p{N}])?$/u.test(word));
  const isShort = words.length <= MAX_NAME_WORDS && words[0] !== "here" && words[0] !== "room";
  const isOnly = others.every((other) => other.user_id === user_id || fold(other.name) !== fold(name));
  return isPlain && isShort && isOnly ? `@${name}` : `@[${user_id}]`;
}
