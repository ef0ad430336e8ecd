/** A part of a text, found or not. */
export interface Part {
  text: string;
  isHit: boolean;
}

/**
 * Divides an excerpt of a text by the places of what was found. Places are those of the whole text: start and length in code points. What lies outside of
 * the excerpt is left out; places may overlap.
 */
export function partsOf(
  excerpt: { start: number; text: string },
  places: readonly (readonly [number, number])[],
): Part[] {
  const points = [...excerpt.text];
  const isHit = new Array<boolean>(points.length).fill(false);
  for (const [start, length] of places) {
    const from = Math.max(0, start - excerpt.start);
    const to = Math.min(points.length, start - excerpt.start + length);
    if (from < to) isHit.fill(true, from, to);
  }
  const parts: Part[] = [];
  for (const [index, point] of points.entries()) {
    const last = parts.at(-1);
    if (last && last.isHit === isHit[index]) last.text += point;
    else parts.push({ text: point, isHit: isHit[index] ?? false });
  }
  return parts;
}

/** Whether a text goes on after its excerpt. */
export function goesOn(text: string, excerpt: { start: number; text: string }): boolean {
  return [...text].length > excerpt.start + [...excerpt.text].length;
}
