import { randomUUID } from "node:crypto";
import { setFlagsFromString } from "node:v8";
import { rotate, timed } from "../../harness/measure.mjs";
import { built } from "../../harness/places.mjs";
import { fillAccounts } from "../../store/fill-accounts.mjs";
import { openOwnDatabase } from "../../store/own-database.mjs";

const windows = { dayMs: 86_400_000, fleetWindowMs: 60_000, guardWindowMs: 15_000 };

/** Reading what is known of an account and choosing its exit, among a hundred thousand accounts with ten proxies each. */
export const selection = {
  name: "selection",
  title: "Selection of an exit among 100,000 accounts with 1,000,000 assignments",
  rounds: 5,
  // Code is compiled for as long as it warms up, beside the server on few cores: the first thousand questions measure the compiler.
  warmUps: 4,
  limits:
    "One question by primary keys, whose rows are one value; the choice itself is a pure function. In turns of 500 questions each.",
  figures: {
    p50: { unit: "ms", floor: "select 1" },
    p99: { unit: "ms", floor: "select 1" },
  },
  targets: [{ figure: "p99", way: "facts and choice", most: 2 }],
  async open({ size, atEnd }) {
    const isSmoke = size === "smoke";
    const { openPostgresStore } = await built("lib/adapters/store/open-store.js");
    const { select } = await built("lib/policy/select.js");
    // As a launcher does (lib/cli/own-memory.ts): a collection of V8's default young space takes longer than the question.
    setFlagsFromString("--semi-space-growth-factor=1");
    setFlagsFromString("--heap-growing-percent=30");
    const { client, config, close } = await openOwnDatabase();
    atEnd(close);
    await fillAccounts(client, isSmoke ? { accounts: 100, each: 3 } : { accounts: 100_000, each: 10 });
    const store = await openPostgresStore({ connection: () => Promise.resolve(config) });
    atEnd(() => store.close());
    const { rows } = await client.query("select id from launch.accounts order by random() limit 5000");
    const any = () => rows[Math.floor(Math.random() * rows.length)].id;
    const context = {
      nowMs: Date.now(),
      excluded: new Map(),
      openable: () => true,
      hostKey: "bench",
      order: "continuity",
    };
    const asked = {
      "select 1": () => client.query("select 1"),
      "facts of an account": () => store.accounts.facts(any()),
      "facts and choice": async () => select(await store.accounts.facts(any()), context),
      // Apart from what it writes, which keeps the disk busy.
      "claim of a switch": () => claim(store, any()),
    };
    return inOneRound(asked, isSmoke ? 5 : 500);
  },
};

// In turns, so that what a busy machine adds is added to each way; claims come after the reads, whose disk they would keep busy.
function inOneRound(asked, count) {
  const { "claim of a switch": claims, ...reads } = asked;
  let taken;
  const read = async () => {
    taken = Object.fromEntries(Object.keys(reads).map((way) => [way, []]));
    for (let turn = 0; turn < count; turn += 1)
      for (const [way, work] of rotate(Object.entries(reads), turn)) taken[way].push(await timed(work));
  };
  const entries = Object.keys(reads).map((way) => [
    way,
    async () => {
      // Whoever comes first in a round measures for all.
      if (taken?.[way] === undefined) await read();
      const figures = percentiles(taken[way]);
      delete taken[way];
      return figures;
    },
  ]);
  const write = async () => {
    const all = [];
    for (let turn = 0; turn < count / 5; turn += 1) all.push(await timed(claims));
    return percentiles(all);
  };
  return Object.fromEntries([...entries, ["claim of a switch", write]]);
}

function percentiles(unsorted) {
  const sorted = unsorted.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return { p50: at(0.5), p99: at(0.99) };
}

function claim(store, accountId) {
  const request = {
    accountId,
    runId: randomUUID(),
    venues: ["binance"],
    provider: "vendor-1",
    hostKey: "bench",
  };
  const refused = { kind: "refused", because: "account_budget", untilAt: 0, why: "bench", incidents: [] };
  const asked = { id: randomUUID(), request: { ...request, kind: "planned", cause: "burned" }, windows };
  return store.switches.claim(asked, () => refused);
}
