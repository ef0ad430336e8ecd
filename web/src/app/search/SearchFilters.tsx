import { useConversation } from "../../cache";
import { titleOf } from "../names";
import { useRoute } from "../route";
import { strings } from "../strings";
import { type Searched, useSearched } from "./searched";

/** Restrictions of a search of messages that need no words: pressed or not. */
export function SearchFilters() {
  const { searched, change } = useSearched();
  const route = useRoute();
  const placeId = searched.in ?? (route.place === "conversation" ? route.id : "");
  const place = useConversation(placeId);
  const text = strings.search;
  const filter = (label: string, isOn: boolean, on: Partial<Searched>, off: Partial<Searched>) => (
    <button type="button" className="chip" aria-pressed={isOn} onClick={() => change(isOn ? off : on)}>
      {label}
    </button>
  );
  const has = (label: string, what: NonNullable<Searched["has"]>) =>
    filter(label, searched.has === what, { has: what }, { has: undefined });
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    <div className="chips" role="group" aria-label={text.filters}>
      {place && filter(text.inside(titleOf(place)), searched.in === place.id, { in: place.id }, { in: undefined })}
      {filter(text.fromMe, searched.from === "me", { from: "me" }, { from: undefined })}
      {has(text.hasFile, "file")}
      {has(text.hasImage, "image")}
      {has(text.hasLink, "link")}
    </div>
  );
}
