import type { Sighting } from "../../client";

export interface Point {
  x: number;
  y: number;
}

export interface Plot {
  points: Point[];
  /** The longer side of the plot, metres. */
  metres: number;
}

const METRES_PER_DEGREE = 111_320;
/** Minimum extent of the plot, metres; smaller movements are measurement noise. */
const MIN_METRES = 20;

/** Places on a square of this size, north up, true to scale. Small enough a piece of the earth is flat. */
export function plotOf(trail: Pick<Sighting, "lat" | "lng">[], size: number): Plot {
  const first = trail[0];
  if (!first) return { points: [], metres: 0 };
  const shrink = Math.cos((first.lat * Math.PI) / 180);
  const east = trail.map(({ lng }) => nearest(lng - first.lng) * shrink * METRES_PER_DEGREE);
  const north = trail.map(({ lat }) => (lat - first.lat) * METRES_PER_DEGREE);
  const width = Math.max(...east) - Math.min(...east);
  const height = Math.max(...north) - Math.min(...north);
  const metres = Math.max(MIN_METRES, width, height);
  const scale = size / metres;
  const left = Math.min(...east) - (metres - width) / 2;
  const top = Math.max(...north) + (metres - height) / 2;
  return {
    metres: Math.round(metres),
    points: east.map((x, index) => ({ x: (x - left) * scale, y: (top - (north[index] ?? 0)) * scale })),
  };
}

/** Normalises a difference of longitudes to -180 up to 180 degrees. */
function nearest(degrees: number): number {
  return ((((degrees + 180) % 360) + 360) % 360) - 180;
}
