import { afterEach, describe, expect, it } from "vitest";
import { adoptLanguage, languageOf } from "../../src/app/language";
import { setStrings, strings } from "../../src/app/strings";
import { english } from "../../src/app/texts/english";
import { spanish } from "../../src/app/texts/spanish";

afterEach(() => setStrings(english));

describe("the language of the page", () => {
  it.each([
    [["es-MX", "en"], "es"],
    [["de", "es", "en"], "es"],
    [["EN-gb", "es"], "en"],
    [["de", "fr"], "en"],
    [[], "en"],
  ])("for %j is %s", (wanted, language) => {
    expect(languageOf(wanted)).toBe(language);
  });

  it("changes all texts before the page is rendered", async () => {
    expect(strings.saved.open).toBe("Saved messages");
    await adoptLanguage(["es"]);
    expect(strings).toBe(spanish);
  });
});
