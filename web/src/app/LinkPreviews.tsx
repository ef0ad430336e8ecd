import { useState } from "react";
import type { CachedMessage } from "../cache";
import type { LinkPreview } from "../client";
import { strings } from "./strings";

/** Most previews under a message. */
const MAX_SHOWN = 3;

/**
 * The pages behind the links of a message, as the server has read them. Of metadata that an earlier release has stored, anything may be
 * there.
 */
function previewsOf({ metadata }: Pick<CachedMessage, "metadata">): LinkPreview[] {
  const found: unknown = metadata?.["link_previews"];
  if (!Array.isArray(found)) return [];
  return found.filter((each) => typeof each === "object" && each !== null).map(plain);
}

/** Texts only. */
function plain(preview: Record<string, unknown>): LinkPreview {
  const text = (field: string) => (typeof preview[field] === "string" ? (preview[field] as string) : null);
  const [title, description, image] = [text("title"), text("description"), text("image")];
  return { url: text("url") ?? "", title: title ?? "", description, image, site_name: text("site_name") };
}

export function LinkPreviews({ message }: { message: Pick<CachedMessage, "metadata"> }) {
  const shown = previewsOf(message).filter(isWorthShowing).slice(0, MAX_SHOWN);
  if (shown.length === 0) return null;
  return (
    <ul className="previews" aria-label={strings.previews.label}>
      {shown.map((preview) => (
        <li key={preview.url}>
          <Card preview={preview} />
        </li>
      ))}
    </ul>
  );
}

function Card({ preview: { url, title, description, image, site_name } }: { preview: LinkPreview }) {
  return (
    <a className="preview" href={url} target="_blank" rel="noopener noreferrer nofollow">
      <span className="preview-texts">
        <span className="preview-site">{site_name || new URL(url).hostname}</span>
        {title && <span className="preview-title">{title}</span>}
        {description && <span className="preview-description">{description}</span>}
      </span>
      {isSafe(image, ["https:"]) && <Picture address={image} />}
    </a>
  );
}

/** Loaded when it comes into view, without the page's address. Nothing is shown if that fails. */
function Picture({ address }: { address: string }) {
  const [isBroken, setBroken] = useState(false);
  if (isBroken) return null;
  return (
    <img
      className="preview-image"
      src={address}
      alt=""
      loading="lazy"
      decoding="async"
      referrerPolicy="no-referrer"
      width={72}
      height={72}
      onError={() => setBroken(true)}
    />
  );
}

/** A link whose text says no more than the link itself needs no card. */
function isWorthShowing({ url, title, description }: LinkPreview): boolean {
  return isSafe(url, ["https:", "http:"]) && Boolean(title || description);
}

/** The page's policy lets pictures come by HTTPS only. */
function isSafe(address: string | null | undefined, protocols: string[]): address is string {
  return address != null && URL.canParse(address) && protocols.includes(new URL(address).protocol);
}
