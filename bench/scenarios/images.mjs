// The images Worker alone: processor time of a picture's variants, and the largest memory of its WebAssembly.
import { startImages } from "../../scripts/lib/engine.mjs";
import { jpeg, jpegHeader, png, readAnswer } from "../../tests/support/pictures.mjs";
import { processorSeconds } from "../lib/processes.mjs";
import { spread } from "../lib/statistics.mjs";

const MEBIBYTE = 1024 * 1024;
/** Before the measurement, so that the WebAssembly is optimised. */
const WARM_UP = 5;
const MEASURED = 8;

const PICTURES = [
  {
    name: "12 MP JPEG",
    make: () => jpeg(4_000, 3_000, { sampling: 2 }),
    variants: 2,
    milliseconds: 400,
    mebibytes: 64,
  },
  { name: "12 MP JPEG, 4:4:4", make: () => jpeg(4_000, 3_000), variants: 2 },
  { name: "48 MP JPEG", make: () => jpeg(8_000, 6_000, { sampling: 2 }), variants: 2, mebibytes: 96 },
  { name: "12 MP PNG with transparency", make: () => png(4_000, 3_000), variants: 2 },
  { name: "48 MP progressive JPEG", make: () => jpegHeader(0xc2, 8_000, 6_000), variants: 0, mebibytes: 64 },
];

export const images = {
  names: ["images"],

  async run({ runs, quick, progress }) {
    const measured = PICTURES.map(({ make, ...picture }) => {
      const bytes = make();
      return { ...picture, bytes, times: [], walls: [], memory: [] };
    });
    const count = quick ? 1 : runs;
    const failures = [];
    for (let run = 0; run < count; run += 1) {
      for (const picture of measured) {
        progress(`images, run ${run + 1} of ${count}: ${picture.name}`);
        // A fresh isolate, because the memory of WebAssembly does not shrink.
        const worker = await startImages();
        try {
          for (let number = 0; number < WARM_UP; number += 1) await send(worker, picture, failures);
          const [began, used] = [performance.now(), processorSeconds(worker.pid())];
          let memory = 0;
          for (let number = 0; number < MEASURED; number += 1) memory = await send(worker, picture, failures);
          picture.times.push(((processorSeconds(worker.pid()) - used) * 1_000) / MEASURED);
          picture.walls.push((performance.now() - began) / MEASURED);
          picture.memory.push(memory / MEBIBYTE);
        } finally {
          await worker.stop();
        }
      }
    }
    return [resultOf(measured, failures)];
  },
};

/** Memory of the WebAssembly afterwards. */
async function send(worker, { name, bytes, variants }, failures) {
  const response = await fetch(worker.url, { method: "POST", body: bytes });
  const body = Buffer.from(await response.arrayBuffer());
  const found = response.status === 200 ? readAnswer(body).variants.length : response.status;
  if (found !== variants) failures.push(`${name}: ${found} instead of ${variants} variants`);
  return Number(response.headers.get("campana-memory"));
}

function resultOf(measured, failures) {
  const row = (label, pick, digits) => ({
    label,
    digits,
    values: Object.fromEntries(measured.map((picture) => [picture.name, spread(pick(picture))])),
  });
  const figure = ({ name, milliseconds, mebibytes, times, memory }) => [
    {
      ...{ label: `images: processor time, ${name}`, value: spread(times), unit: "ms", digits: 0 },
      ...(milliseconds === undefined ? {} : { target: milliseconds, bound: "at most" }),
    },
    {
      ...{ label: `images: memory of the WebAssembly, ${name}`, value: spread(memory), unit: "MiB", digits: 1 },
      ...(mebibytes === undefined ? {} : { target: mebibytes, bound: "at most" }),
    },
  ];
  return {
    name: "images",
    title: "variants of pictures: processor time and memory",
    rows: [
      row("bytes, MiB", ({ bytes }) => [bytes.length / MEBIBYTE], 2),
      row("processor time, ms", ({ times }) => times, 0),
      row("until the answer, ms", ({ walls }) => walls, 0),
      row("memory of the WebAssembly, MiB", ({ memory }) => memory, 1),
    ],
    figures: measured.flatMap(figure),
    notes: [],
    failures: [...new Set(failures)],
    raw: measured.map(({ name, times, walls, memory }) => ({ name, times, walls, memory })),
  };
}
