// One process per contestant. Comes in: orders, one JSON object a line. Goes out: an answer for each, the same way.
// Decided elsewhere: who reads how (`readers.mjs`), in which order (`run.py`).
//
// The collector and the compiler of V8 work on threads of their own, so times are CPU times of the whole process.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

// A measurement is repeated inside until it takes this long; before it the compiler gets as long to warm up.
const LEAST_SECONDS = 0.02;

// Whatever a reader prints is no answer; some keep the console as it is when they are loaded.
for (const say of ["log", "info", "warn", "error"]) {
  console[say] = () => {};
}
const { READERS } = await import("./readers.mjs");
const reader = READERS[process.argv[2]];
let work;
let repeats = 1;

// Equal as JSON: key order does not count, NaN is NaN.
function same(a, b) {
  if (Array.isArray(b)) {
    return Array.isArray(a) && a.length === b.length && b.every((item, i) => same(a[i], item));
  }
  if (b !== null && typeof b === "object") {
    const keys = a !== null && typeof a === "object" && !Array.isArray(a) ? Object.keys(a) : null;
    return keys !== null && keys.length === Object.keys(b).length && keys.every((k) => Object.hasOwn(b, k) && same(a[k], b[k]));
  }
  return Object.is(a, b);
}

async function prepare({ way, file, whole, size, looks }) {
  const text = readFileSync(file, "utf-8");
  const chunks = text.match(new RegExp(`[^]{1,${size}}`, "gu"));
  let end = 0;
  const ends = chunks.map((chunk) => (end += chunk.length));
  work = { scale: 1, ...reader[way]({ text, chunks, ends }) };
  const answer = await (work.answer ?? work.work)();
  const right = same(answer, JSON.parse(readFileSync(whole, "utf-8")));
  const verdict = right ? "right" : `wrong: ${JSON.stringify(answer)}`.slice(0, 120);
  let fresh = null;
  if (work.at && looks.length) {
    let shown = 0;
    for (const [count, expected] of looks) {
      try {
        shown += same(await work.at(count), expected);
      } catch {
        // A reader that cannot read this prefix shows nothing there: not right.
      }
    }
    fresh = [shown, looks.length];
  }
  return { verdict, fresh, estimated: work.scale !== 1, chunks: chunks.length };
}

async function seconds(times) {
  const start = process.cpuUsage();
  for (let i = 0; i < times; i++) {
    const value = work.work();
    if (value instanceof Promise) {
      await value;
    }
  }
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

async function calibrate() {
  repeats = 1;
  let spent = await seconds(1);
  if (spent > 1) {
    return null;
  }
  for (; spent < LEAST_SECONDS; spent += await seconds(1)) {
  }
  while (repeats < 100_000 && (await seconds(repeats)) < LEAST_SECONDS) {
    repeats *= 2;
  }
  return null;
}

// JSON has no NaN; `seats.py` reads this back.
const nonFinite = (_, value) => (typeof value === "number" && !Number.isFinite(value) ? { $float: String(value) } : value);

const orders = {
  prepare,
  calibrate,
  measure: async () => ((await seconds(repeats)) / repeats) * work.scale,
  read: async ({ text }) => {
    const value = await reader.repair({ text }).work();
    return value === undefined ? { error: "nothing" } : { value };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { order, ...rest } = JSON.parse(line);
  let reply;
  try {
    reply = { is: await orders[order](rest) };
  } catch (error) {
    // A peer's failure is a result: it is reported in the table.
    reply = { failed: `${error?.name}: ${error?.message ?? error}`.slice(0, 160) };
  }
  process.stdout.write(JSON.stringify(reply, nonFinite) + "\n");
}
