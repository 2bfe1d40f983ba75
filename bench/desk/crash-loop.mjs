// What `launch ps` costs while all bots of a desk crash again and again, against the same desk at rest.
// `node scripts/build.mjs && node bench/desk/crash-loop.mjs [--bots 100] [--tier env] [--rounds 2] [--times 8]`, on a quiet host. A bot
// sleeps while a file is there, and crashes at once where it is not: both states are measured in turn, on one desk. The bar is 1.6.
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openDesk } from "./open-desk.mjs";

const { values: flags } = parseArgs({
  options: {
    bots: { type: "string", default: "100" },
    tier: { type: "string", default: "env" },
    // Ten restarts in ten minutes spend a bot's budget: more rounds would measure bots that wait.
    rounds: { type: "string", default: "2" },
    times: { type: "string", default: "8" },
  },
});
const bots = Number(flags.bots);
const calm = (folder) => join(folder, "calm");
const { stage, ok } = await openDesk({
  bots,
  tier: flags.tier,
  command: (folder) => ["sh", "-c", `while [ -e ${calm(folder)} ]; do sleep 1; done; exit 1`],
});
const taken = { rest: [], storm: [] };
try {
  rest();
  await ok(["up", "-d"]);
  for (let round = 0; round < Number(flags.rounds); round++) {
    rest();
    await until((runs) => runs.every(({ state }) => state === "running"));
    await measure(taken.rest);
    rmSync(calm(stage.folder));
    await until((runs) => runs.filter(({ state }) => state === "backing_off").length > bots / 2);
    await measure(taken.storm);
  }
  const [restMs, stormMs] = [median(taken.rest), median(taken.storm)];
  console.log(`ps of ${bots} bots at rest ${restMs.toFixed(0)} ms, in a crash loop ${stormMs.toFixed(0)} ms`);
  console.log(`ratio ${(stormMs / restMs).toFixed(2)}`);
} finally {
  await stage.launch(["down"]);
  await stage.close();
}

function rest() {
  writeFileSync(calm(stage.folder), "");
}

async function runs() {
  return JSON.parse(await ok(["ps", "--running", "--json"])).runs;
}

async function until(isSo) {
  while (!isSo(await runs())) await new Promise((resolve) => setTimeout(resolve, 500));
}

async function measure(into) {
  for (let time = 0; time < Number(flags.times); time++) {
    const startedMs = performance.now();
    await ok(["ps"]);
    into.push(performance.now() - startedMs);
  }
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
