// How each reader in JavaScript does a job. Comes in: a job (`text`, `chunks`, `ends`). Goes out: `work()`, which does
// it once and returns the answer, and for partial readings `at(count)`, the value shown after that many chunks.
// Decided elsewhere: what is measured when (`run.py`), how times are taken (`worker.mjs`).

import { parsePartialJson } from "ai";
import { parse as bestEffort } from "best-effort-json-parser";
import { jsonrepair } from "jsonrepair";
import { parse as river } from "jsonriver";
import { parse as partial } from "partial-json";

// A reader that begins again with every chunk is sampled where every prefix would be more characters than this.
const MOST_REPARSED = 4_000_000;
const SAMPLES = 12;

const inOneCall = (read) => (job) => ({ work: () => read(job.text) });

function again(read) {
  return (job) => {
    let [cuts, scale] = [job.ends, 1];
    if (cuts.reduce((a, b) => a + b, 0) > MOST_REPARSED) {
      scale = cuts.length / SAMPLES;
      cuts = Array.from({ length: SAMPLES }, (_, i) => job.ends[Math.floor(((2 * i + 1) * job.ends.length) / (2 * SAMPLES))]);
    }
    return {
      scale,
      work: async () => {
        let value;
        for (const end of cuts) {
          value = await read(job.text.slice(0, end));
        }
        return value;
      },
      answer: () => read(job.text),
      at: (count) => read(job.text.slice(0, job.ends[count - 1])),
    };
  };
}

async function* source(chunks) {
  for (const chunk of chunks) {
    yield chunk;
  }
}

// It gives an iterator of values that waits for an iterator of chunks; there is nothing to push.
async function asIterator(chunks) {
  let value;
  for await (value of river(source(chunks))) {
  }
  return value;
}

const riverSnapshots = (job) => ({
  work: () => asIterator(job.chunks),
  // Cut text is an error to it, thrown after the last value. (All its values are one, which grows.)
  at: async (count) => {
    let value;
    try {
      for await (value of river(source(job.chunks.slice(0, count)))) {
      }
    } catch (error) {
      if (value === undefined) {
        throw error;
      }
    }
    return value;
  },
});

const repaired = (text) => JSON.parse(jsonrepair(text));
const ofAi = async (text) => (await parsePartialJson(text)).value;

export const READERS = {
  "JSON.parse": { "one call": inOneCall(JSON.parse) },
  jsonriver: { snapshot: riverSnapshots },
  jsonrepair: { "one call": inOneCall(repaired), repair: inOneCall(repaired) },
  "partial-json": { snapshot: again((text) => partial(text)), repair: inOneCall((text) => partial(text)) },
  "best-effort-json-parser": { snapshot: again(bestEffort), repair: inOneCall(bestEffort) },
  ai: { snapshot: again(ofAi), repair: inOneCall(ofAi) },
};
