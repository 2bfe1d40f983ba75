// What storing evidence costs: so many bots with one row a second each, written by one launcher once a second in one statement.
// Processor time of the launcher and of the database's backend, as a share of one core; the same seconds without any row are the
// zero. `node scripts/build.mjs && node bench/store/evidence.mjs [bots] [seconds]`
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { root } from "../harness/places.mjs";
import { withOwnDatabase } from "./own-database.mjs";

const [bots = 200, seconds = 30] = process.argv.slice(2).map(Number);
const { openPostgresStore } = await import(`${root}/dist/lib/adapters/store/open-store.js`);
const ticksPerSecond = 100;

await withOwnDatabase(async ({ config, client }) => {
  await client.query("select launch.keep_evidence(30)");
  const store = await openPostgresStore({ connection: () => Promise.resolve(config) });
  const [{ pid }] = (await client.query("select pg_backend_pid() as pid")).rows;
  console.log(`${bots} bots with a row a second each, share of one core over ${seconds} s`);
  for (const [way, count] of [
    ["nothing is stored", 0],
    ["all is stored", bots],
  ]) {
    const before = await used(pid);
    for (let second = 0; second < seconds; second += 1) {
      const due = performance.now() + 1_000;
      await store.evidence.append(Array.from({ length: count }, (_, bot) => row(bot)));
      await delay(Math.max(0, due - performance.now()));
    }
    const after = await used(pid);
    const share = (name) => `${((100 * (after[name] - before[name])) / seconds).toFixed(2)} %`;
    console.log(`  ${way.padEnd(20)} launcher ${share("launcher")}, database ${share("database")}`);
  }
  await store.close();
});

function row(bot) {
  return {
    at: Date.now(),
    accountId: `00000000-0000-4000-8000-${String(bot).padStart(12, "0")}`,
    runId: `00000000-0000-4000-9000-${String(bot).padStart(12, "0")}`,
    exitIp: `10.0.0.${bot % 250}`,
    venue: "binance",
    provider: "vendor",
    hostKey: "bench",
    channel: "inside",
    kind: bot % 10 === 0 ? "rate_limited" : "ok",
    isFailure: bot % 10 === 0,
    weight: 0.9,
    times: 12,
    why: "Binance answered 12 requests with 200.",
    detail: { status: 200, headers: { "x-mbx-used-weight-1m": "120", date: new Date().toUTCString() } },
  };
}

/** Seconds of the processor so far: this process, and every process of the server that has the backend. */
async function used(backend) {
  const { user, system } = process.cpuUsage();
  const parent = parentOf(backend);
  const server = readdirSync("/proc").filter((name) => name === parent || parentOf(name) === parent);
  const ticks = server
    .map((name) => statOf(name))
    .map((stat) => Number(stat[11] ?? 0) + Number(stat[12] ?? 0));
  return { launcher: (user + system) / 1e6, database: ticks.reduce((a, b) => a + b, 0) / ticksPerSecond };
}

function parentOf(pid) {
  return statOf(pid)[1];
}

// What follows the name, which may hold anything.
function statOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1).split(" ");
  } catch {
    return [];
  }
}
