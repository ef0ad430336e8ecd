import { type Attachment, isPicture, Problem, type Upload } from "../../client";
import { strings } from "../strings";

const UNITS = ["B", "kB", "MB", "GB"];
const MINUTE_MS = 60_000;

/** A number of bytes as people read it: `640 B`, `1.4 MB`. */
export function sizeOf(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  const digits = unit > 0 && value < 9.95 ? 1 : 0;
  return `${value.toLocaleString(document.documentElement.lang || undefined, { maximumFractionDigits: digits })} ${UNITS[unit]}`;
}

/** Whole percents of a file, rounded down. */
export function percentOf(bytes: number, size: number): number {
  return Math.floor((100 * bytes) / Math.max(1, size));
}

/** The type of a file as people know it: by the extension of its name. */
export function typeOf({ name }: Pick<Attachment, "name">): string {
  const extension = /\.([\p{L}\p{N}]{1,8})$/u.exec(name)?.[1];
  return extension ? strings.files.type(extension.toUpperCase()) : strings.files.unknownType;
}

/** How an attachment is shown. */
export function kindOf({ type }: Pick<Attachment, "type">): "picture" | "video" | "audio" | "file" {
  if (isPicture({ type })) return "picture";
  if (type.startsWith("video/")) return "video";
  return type.startsWith("audio/") ? "audio" : "file";
}

/** Files in a few words, for places that show one line of a message. */
export function inWords(attachments: readonly Attachment[]): string {
  const text = strings.files;
  const [first] = attachments;
  if (!first) return "";
  const kinds = new Set(attachments.map(kindOf));
  if (attachments.length > 1)
    return kinds.size === 1 && kinds.has("picture")
      ? text.pictures(attachments.length)
      : text.count(attachments.length);
  const kind = kindOf(first);
  return kind === "picture" ? text.picture : `${kind === "file" ? text.attachment : text[kind]}: ${first.name}`;
}

/** Why an upload has failed. A refusal that the page has no words for is the server's own. */
export function whyFailed({ problem = Problem.unreachable() }: Pick<Upload, "problem">): string {
  const text = strings.files;
  const { slug, status, detail, message, retryAfterMs } = problem;
  if (status === 422 && problem.isAbout("file")) return text.empty;
  const why = text.failed[slug] ?? detail ?? message;
  const limit = slug === "too-large" ? /(\d+) bytes/.exec(detail ?? "")?.[1] : undefined;
  if (limit) return `${why}: ${text.sizeLimit(sizeOf(Number(limit)))}`;
  if (status === 429 && retryAfterMs) return `${why}: ${text.again(Math.ceil(retryAfterMs / MINUTE_MS))}`;
  return why;
}
