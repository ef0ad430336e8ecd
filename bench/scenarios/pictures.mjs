// A conversation while people upload pictures, compared with the same conversation when nobody does. The images Worker has a process of
// its own, as it has isolates of its own on the platform; in the engine's process it would share the only thread.
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { startImages } from "../../scripts/lib/engine.mjs";
import { signToken } from "../../scripts/lib/token.mjs";
import { jpeg } from "../../tests/support/pictures.mjs";
import { generate } from "../lib/generator.mjs";
import { rest } from "../lib/processes.mjs";
import * as seed from "../lib/seed.mjs";
import { ratios, spread } from "../lib/statistics.mjs";
import { startCampana } from "../lib/systems.mjs";

const PICTURES = 200;
const QUICK_PICTURES = 20;
/** Uploads at once. */
const TOGETHER = 4;
const IDLE = "nobody uploads";
const BUSY = "pictures arrive";
/** Messages of a measurement, 100 a second: it ends before the pictures do. */
const MESSAGES = 2_000;
const QUICK_MESSAGES = 300;

export const pictures = {
  names: ["pictures"],

  async run({ binary, folder, runs, quick, wanted, progress }) {
    if (!wanted("pictures")) return [];
    const groups = Array.from({ length: 2 * runs + 1 }, (_, number) =>
      seed.conversation(seed.conversationId(number), { members: 2, messages: 0 }),
    );
    const images = await startImages();
    const system = await startCampana(mkdtempSync(join(folder, "pictures-")), [...seed.people(2), ...groups.flat()], {
      images: images.url,
    });
    const flow = (number) => {
      const messages = quick ? QUICK_MESSAGES : MESSAGES;
      const scenario = ["flow", "--readers", "1", "--messages", `${messages}`, "--warm-up", "50", "--rate", "100"];
      return generate(binary, scenario, system.room(number));
    };
    const picture = jpeg(4_000, 3_000, { sampling: 2, orientation: 6 });
    try {
      await flow(2 * runs);
      await uploads(system.url, picture, TOGETHER, "heating");
      const reports = [];
      for (let run = 0; run < runs; run += 1) {
        progress(`pictures, run ${run + 1} of ${runs}`);
        await rest([system.pid, images.pid()]);
        const idle = await flow(2 * run);
        const uploading = uploads(system.url, picture, quick ? QUICK_PICTURES : PICTURES, `run-${run}`);
        const busy = await flow(2 * run + 1);
        reports.push({ [IDLE]: idle, [BUSY]: busy, uploaded: await uploading });
      }
      return [resultOf(reports)];
    } finally {
      await system.stop();
      await images.stop();
    }
  },
};

/** Uploads a picture `count` times, by people whose bytes of a day suffice. Returns seconds, and how many have smaller forms. */
async function uploads(url, picture, count, people) {
  const began = performance.now();
  let left = count;
  let complete = 0;
  const upload = async (number) => {
    const token = signToken({ user: `${people}-${number}`, name: "Ana", secret: seed.SECRET });
    const headers = { authorization: `Bearer ${token}`, "content-type": "image/jpeg" };
    while (left > 0) {
      left -= 1;
      const response = await fetch(`${url}/api/chat/upload`, { method: "POST", headers, body: picture });
      const { variants } = await response.json();
      if (variants?.length === 2) complete += 1;
    }
  };
  await Promise.all(Array.from({ length: TOGETHER }, (_, number) => upload(number)));
  return { seconds: (performance.now() - began) / 1_000, count, complete };
}

function resultOf(reports) {
  const values = (pick) =>
    Object.fromEntries([IDLE, BUSY].map((name) => [name, spread(reports.map((report) => pick(report[name])))]));
  const p99 = (name) => reports.map((report) => report[name].ack.p99_ms);
  return {
    name: "pictures",
    title: "1 sender, 1 reader, 100 messages/s, while pictures of 12 MP arrive",
    rows: [
      { label: "ack p50, ms", digits: 3, values: values(({ ack }) => ack.p50_ms) },
      { label: "ack p99, ms", digits: 3, values: values(({ ack }) => ack.p99_ms) },
      {
        label: "pictures/s",
        digits: 1,
        values: { [BUSY]: spread(reports.map(({ uploaded }) => uploaded.count / uploaded.seconds)) },
      },
    ],
    figures: [
      {
        label: `pictures: ack p99, ${BUSY} / ${IDLE}`,
        value: ratios(p99(BUSY), p99(IDLE)),
        target: 1.5,
        bound: "at most",
      },
    ],
    notes: [],
    failures: reports.flatMap(({ uploaded: { count, complete } }, run) =>
      complete === count ? [] : [`run ${run + 1}: ${count - complete} of ${count} pictures have no smaller forms`],
    ),
    raw: reports,
  };
}
