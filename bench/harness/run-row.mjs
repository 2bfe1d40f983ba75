// One row of the table: opens it, lets its ways take turns, and makes of what they measured medians, spreads and ratios.
import { setTimeout as delay } from "node:timers/promises";
import { rotate } from "./measure.mjs";
import { peerFinder } from "./peers.mjs";
import { quietMoments } from "./quiet.mjs";
import { summarize } from "./report/summary.mjs";

const never = new Promise(() => {});
const endsWithinMs = 5_000;
const endings = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Measures a row. Every way takes its turn in every round, so that a busy machine slows all alike; a first round only warms up,
 * unless the row says that it needs none. `size` "smoke" makes everything as small as it goes: the figures then mean nothing.
 */
export async function runRow(
  row,
  { rounds = row.rounds ?? 5, size = "full", waitMs = 5_000, say = () => {} },
) {
  const moments = quietMoments(size === "smoke" ? 0 : waitMs);
  const peers = peerFinder();
  const closers = [];
  const closeAll = async () => {
    const errors = [];
    while (closers.length > 0) await closeOne(closers.pop()).catch((error) => errors.push(error));
    if (errors.length > 0) throw errors[0];
  };
  let closing;
  const close = () => {
    closing ??= closeAll();
    return closing;
  };
  // What was started must not outlive a bench that is ended: what is under way may end by itself, and nothing is begun any more.
  let isEnded = false;
  let underWay = Promise.resolve();
  const step = async (work) => {
    if (isEnded) await never;
    const promise = work();
    underWay = Promise.resolve(promise).catch(() => {});
    return promise;
  };
  const stop = () => {
    isEnded = true;
    void Promise.race([underWay, delay(endsWithinMs)])
      .then(close)
      .finally(() => process.exit(130));
  };
  for (const signal of endings) process.once(signal, stop);
  const tools = {
    size,
    peers,
    quiet: () => moments.next(),
    /** Done at the end, the last one first, whatever happens. */
    atEnd: (work) => void closers.push(work),
  };
  let measured;
  try {
    const ways = await step(() => row.open(tools));
    measured = await inRounds(ways, {
      rounds,
      warmUps: size === "smoke" ? 0 : (row.warmUps ?? 1),
      say,
      step,
    });
  } finally {
    if (isEnded) await never;
    for (const signal of endings) process.off(signal, stop);
    // What does not end is told, and costs no figures.
    await close().catch((error) => {
      process.exitCode = 1;
      console.error(`not all of it ended: ${error.message}`);
    });
  }
  return {
    rounds,
    size,
    waits: moments.counts,
    peers: peers.versions,
    skipped: peers.skipped,
    figures: summarize(row, measured),
  };
}

async function closeOne(work) {
  await work();
}

/** { way: [{ figure: value }, one for each round] }. */
async function inRounds(ways, { rounds, warmUps, say, step }) {
  const measured = Object.fromEntries(Object.keys(ways).map((way) => [way, []]));
  for (let round = -warmUps; round < rounds; round += 1) {
    for (const [way, work] of rotate(Object.entries(ways), round + warmUps)) {
      say(`round ${Math.max(0, round + 1)} of ${rounds}: ${way}`);
      const figures = await step(work);
      if (round >= 0) measured[way].push(figures);
    }
  }
  return measured;
}
