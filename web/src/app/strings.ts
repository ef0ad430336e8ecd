import { english } from "./texts/english";

export type Strings = typeof english;

/** All texts of the page, except for those about alerts. Set before the page is rendered. */
export let strings: Strings = english;

export function setStrings(texts: Strings): void {
  strings = texts;
}
