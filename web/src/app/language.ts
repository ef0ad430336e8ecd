import { setAlertStrings } from "./alerts/strings";
import { setStrings } from "./strings";

/** English is shown if other texts are not there by then: SOS must not wait for them. */
const WITHIN_MS = 3_000;

export type Language = "en" | "es";

/** The first language that the page has, of those that the user wants, most wanted first. */
export function languageOf(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const [language] = tag.toLowerCase().split("-");
    if (language === "en" || language === "es") return language;
  }
  return "en";
}

/** Loads the texts in the browser's language. English is part of the page, and stays if the others cannot be loaded. */
export async function adoptLanguage(wanted: readonly string[] = navigator.languages): Promise<void> {
  const language = languageOf(wanted);
  if (language === "en") return;
  try {
    const late = new Promise<never>((_, reject) => setTimeout(reject, WITHIN_MS));
    const { spanish, spanishAlerts } = await Promise.race([import("./texts/spanish"), late]);
    setStrings(spanish);
    setAlertStrings(spanishAlerts);
    document.documentElement.lang = language;
  } catch {
    // No network, a slow one, or a newer page was deployed.
  }
}
