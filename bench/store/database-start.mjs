// How long the embedded PostgreSQL takes to its first answer, as a ratio to the system's PostgreSQL run by the same code,
// both in turn. `node scripts/build.mjs && node bench/store/database-start.mjs [rounds]`; makes and removes its folders in /tmp.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { median } from "../harness/measure.mjs";

const adapters = new URL("../../dist/lib/adapters/", import.meta.url);
const { openDatabaseServer } = await import(new URL("embedded-postgres/open-database-server.js", adapters));
const { createProcessTable } = await import(new URL("process-table/process-table.js", adapters));
const { createProcessEvidence } = await import(new URL("process-table/process-evidence.js", adapters));
const { systemClock } = await import(new URL("clock/system-clock.js", adapters));

const rounds = Number(process.argv[2] ?? 5);
const kinds = ["cold", "warm", "after SIGKILL", "running"];
const times = { embedded: emptyTimes(), system: emptyTimes() };
const memory = { embedded: [], system: [] };

for (let round = 0; round < rounds; round += 1) {
  for (const engine of round % 2 === 0 ? ["embedded", "system"] : ["system", "embedded"])
    await measure(engine);
}
report();

async function measure(engine) {
  const state = mkdtempSync("/tmp/launch-bench-");
  const server = openDatabaseServer({
    stateFolder: state,
    engine,
    resolveFrom: import.meta.url,
    searchPath: process.env.PATH,
    processes: createProcessTable(),
    evidence: createProcessEvidence(),
    clock: systemClock,
    keeperScript: new URL("embedded-postgres/keeper.js", adapters).pathname,
  });
  try {
    for (const kind of kinds) {
      const startedAt = performance.now();
      await server.ensure();
      times[engine][kind].push(performance.now() - startedAt);
      const { pid } = await server.status();
      if (kind === "cold") memory[engine].push(await memoryOf(pid));
      if (kind === "cold") await server.stop();
      if (kind === "warm") await killHard(pid);
    }
  } finally {
    await server.stop();
    await waitForKeepers(state);
    rmSync(state, { recursive: true, force: true });
  }
}

async function killHard(pid) {
  process.kill(pid, "SIGKILL");
  while (spawnSync("pgrep", ["-P", String(pid)]).status === 0) await delay(5);
}

// Proportional set size of the server and its children, in MB: shared pages are counted once.
async function memoryOf(pid) {
  const children = spawnSync("pgrep", ["-P", String(pid)], { encoding: "utf8" })
    .stdout.trim()
    .split("\n");
  const kilobytes = [String(pid), ...children].map((each) => {
    try {
      return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${each}/smaps_rollup`, "utf8"))?.[1] ?? 0);
    } catch {
      return 0;
    }
  });
  return kilobytes.reduce((sum, each) => sum + each, 0) / 1024;
}

async function waitForKeepers(state) {
  const isHere = (pid) => {
    try {
      return readFileSync(join("/proc", pid, "cmdline"), "utf8").includes(state);
    } catch {
      return false;
    }
  };
  while (readdirSync("/proc").some((name) => /^\d+$/.test(name) && isHere(name))) await delay(20);
}

function report() {
  console.log(`${rounds} rounds, medians (smallest to largest)`);
  for (const kind of kinds) {
    const [embedded, system] = [times.embedded[kind], times.system[kind]];
    const ratio = (median(embedded) / median(system)).toFixed(2);
    console.log(`${kind.padEnd(14)} embedded ${show(embedded)}   system ${show(system)}   ratio ${ratio}`);
  }
  console.log(
    `memory         embedded ${median(memory.embedded).toFixed(0)} MB   system ${median(memory.system).toFixed(0)} MB`,
  );
}

function show(values) {
  return `${median(values).toFixed(0)} ms (${Math.min(...values).toFixed(0)}-${Math.max(...values).toFixed(0)})`;
}

function emptyTimes() {
  return Object.fromEntries(kinds.map((kind) => [kind, []]));
}
