// @vitest-environment happy-dom
import { describe, expect, it } from "vitest";
import { decodeThumbhash } from "../../src/app/files/decodeThumbhash";
import { inWords, sizeOf, typeOf, whyFailed } from "../../src/app/files/fileWords";
import { boxOf, variantFor } from "../../src/app/files/Picture";
import { type Attachment, Problem } from "../../src/client";

const file = (name: string, type: string) => ({ name, type }) as Attachment;

describe("words about files", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1_000, "1 kB"],
    [1_440, "1.4 kB"],
    [99_960, "100 kB"],
    [999_600, "1 MB"],
    [26_214_400, "26 MB"],
    [2_500_000_000, "2.5 GB"],
  ])("%i bytes are %s", (bytes, words) => {
    expect(sizeOf(bytes)).toBe(words);
  });

  it("name a type by the extension", () => {
    expect([typeOf({ name: "a.pdf" }), typeOf({ name: "README" }), typeOf({ name: "a.b c" })]).toEqual([
      "PDF file",
      "File",
      "File",
    ]);
  });

  it("say in one line what a message has", () => {
    const picture = file("a.png", "image/png");
    const pdf = file("a.pdf", "application/pdf");
    expect(inWords([])).toBe("");
    expect(inWords([picture])).toBe("Picture");
    expect(inWords([picture, picture])).toBe("2 pictures");
    expect(inWords([picture, pdf])).toBe("2 files");
    expect(inWords([pdf])).toBe("File: a.pdf");
    expect(inWords([file("a.ogg", "audio/ogg")])).toBe("Audio: a.ogg");
    expect(inWords([file("a.svg", "image/svg+xml")])).toBe("File: a.svg");
  });

  it("say why an upload failed, with the server's own words where the page has none", () => {
    const why = (...problem: ConstructorParameters<typeof Problem>) => whyFailed({ problem: new Problem(...problem) });
    expect(why("too-large", 413, "Too large", "a file has at most 26214400 bytes")).toBe(
      "The file is too large: at most 26 MB",
    );
    expect(why("rate-limited", 429, "Too many", "bytes", 3_600_000)).toBe(
      "You have uploaded too much today: try again in 60 minutes",
    );
    expect(whyFailed({ problem: Problem.aboutField("file") })).toBe("The file is empty");
    expect(why("odd", 409, "Odd", "the moon is full")).toBe("the moon is full");
    expect(why("odd", 409, "Odd")).toBe("Odd");
  });
});

describe("the box of a picture", () => {
  it.each([
    [
      { width: 1_600, height: 900 },
      { width: 320, ratio: 16 / 9 },
    ],
    [
      { width: 900, height: 1_600 },
      { width: 180, ratio: 9 / 16 },
    ],
    [
      { width: 200, height: 100 },
      { width: 200, ratio: 2 },
    ],
    [
      { width: 10_000, height: 10 },
      { width: 320, ratio: 3 },
    ],
    [
      { width: null, height: null },
      { width: 240, ratio: 4 / 3 },
    ],
  ])("%j", (size, box) => {
    expect(boxOf(size)).toEqual(box);
  });

  it("is filled by the smallest variant that is large enough, else by the original or the largest", () => {
    const form = { url: "", type: "image/jpeg", size: 1 };
    const variants: Attachment["variants"] = [
      { ...form, name: "preview", width: 1_600, height: 900 },
      { ...form, name: "thumb", width: 320, height: 180 },
    ];
    expect(variantFor({ type: "image/jpeg", variants }, 320)).toBe("thumb");
    expect(variantFor({ type: "image/jpeg", variants }, 500)).toBe("preview");
    expect(variantFor({ type: "image/jpeg", variants }, 5_000)).toBe("preview");
    expect(variantFor({ type: "image/gif", variants }, 320)).toBeUndefined();
    expect(variantFor({ type: "image/jpeg", variants: [] }, 320)).toBeUndefined();
  });
});

describe("a ThumbHash", () => {
  /** A hash without varying parts: one colour. `sides` has the numbers of cosines. */
  const plain = (light: number, yellow: number, red: number, across: number, isLandscape: boolean) => {
    const first = light | (yellow << 6) | (red << 12);
    const second = across | (isLandscape ? 1 << 15 : 0);
    const bytes = [first & 255, (first >> 8) & 255, (first >> 16) & 255, second & 255, second >> 8];
    return btoa(String.fromCharCode(...bytes, ...new Array(20).fill(0x88)));
  };

  it("of one colour is that colour, in the ratio of the picture", () => {
    const landscape = decodeThumbhash(plain(63, 32, 32, 4, true));
    expect([landscape?.width, landscape?.height]).toEqual([32, 18]);
    const white = [...(landscape?.rgba.subarray(0, 4) ?? [])];
    expect(white.every((value) => value > 245)).toBe(true);
    const portrait = decodeThumbhash(plain(0, 32, 32, 4, false));
    expect([portrait?.width, portrait?.height]).toEqual([18, 32]);
    expect([...(portrait?.rgba.subarray(0, 3) ?? [])].every((value) => value < 10)).toBe(true);
  });

  it.each(["", "!", "AAAA", btoa("short")])("%j is none, or does no harm", (text) => {
    expect(() => decodeThumbhash(text)).not.toThrow();
  });
});
