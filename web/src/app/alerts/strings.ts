import { englishAlerts } from "../texts/englishAlerts";

export type AlertStrings = typeof englishAlerts;

/** Every text about panic alerts. Set before the page is rendered. */
export let alertStrings: AlertStrings = englishAlerts;

export function setAlertStrings(texts: AlertStrings): void {
  alertStrings = texts;
}
