// What it costs to keep what a bot writes: so many lines of 100 bytes, written flat out by a program that ends at once. Each way takes
// its turn in each round, in a process of its own: the child's time, the launcher's processor time and its largest memory, as ratios
// to a child that writes a file itself; and how many lines are missing afterwards.
// `node scripts/build.mjs && node bench/logs/keep-lines.mjs [--rounds 5] [--lines 2000000] [--against DIR]`
// Ways: `file`: the child writes the file · `read`: read and thrown away · `raw`: bytes as they are, and an index of times beside
// them (a prototype that is only here) · `this`, `other`: what is built, each line stamped.
import { execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { median } from "../harness/measure.mjs";

const here = fileURLToPath(new URL("../..", import.meta.url));
const { values: flags } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    lines: { type: "string", default: "2000000" },
    against: { type: "string" },
    way: { type: "string" },
    folder: { type: "string" },
  },
});
const lines = Number(flags.lines);
const text = ".".repeat(99);
const emitter = ["sh", "-c", `yes ${text} | head -n ${lines}`];

if (flags.way === undefined) await compare();
else console.log(JSON.stringify(await measure(flags.way, flags.folder)));

async function compare() {
  const ways = ["file", "read", "raw", "this", ...(flags.against === undefined ? [] : ["other"])];
  const results = Object.fromEntries(ways.map((way) => [way, []]));
  for (let round = -1; round < Number(flags.rounds); round += 1) {
    for (const way of ways) {
      const figures = oneRound(way);
      if (round >= 0) results[way].push(figures);
    }
  }
  console.log(`${lines} lines, medians of ${flags.rounds} rounds; ratios to the first way of the same round`);
  console.log("way        child ms         launcher cpu ms       peak MB   lines missing");
  for (const way of ways) {
    const of = (key) => results[way].map((figures) => figures[key]);
    const ratio = median(of("childMs").map((ms, round) => ms / results.file[round].childMs));
    const cpu = median(of("cpuMs").map((ms, round) => ms / results.raw[round].cpuMs));
    const missing = Math.max(...of("missing").map((count) => count ?? 0));
    console.log(
      `${way.padEnd(8)} ${median(of("childMs")).toFixed(0).padStart(7)}  x${ratio.toFixed(2)}   ${median(of("cpuMs")).toFixed(0).padStart(8)}  x${cpu.toFixed(2)} of raw  ${median(of("peakMb")).toFixed(0).padStart(6)}   ${missing}`,
    );
  }
}

function oneRound(way) {
  const folder = mkdtempSync(join(tmpdir(), "slipway-bench-logs-"));
  try {
    const words = [fileURLToPath(import.meta.url), "--way", way, "--folder", folder, "--lines", flags.lines];
    if (flags.against !== undefined) words.push("--against", flags.against);
    const figures = JSON.parse(execFileSync(process.execPath, words, { encoding: "utf8" }));
    return { ...figures, missing: way === "read" ? undefined : lines - countLines(folder) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function countLines(folder) {
  let count = 0;
  for (const name of readdirSync(folder)) {
    if (!name.startsWith("bot.log")) continue;
    const bytes = readFileSync(join(folder, name));
    const plain = name.endsWith(".gz") ? gunzipSync(bytes) : bytes;
    for (let at = plain.indexOf(text); at >= 0; at = plain.indexOf(text, at + text.length)) count += 1;
  }
  return count;
}

async function measure(way, folder) {
  const path = join(folder, "bot.log");
  const before = process.cpuUsage();
  const startedAt = performance.now();
  const childMs = await run(way, path, () => performance.now() - startedAt);
  const { user, system } = process.cpuUsage(before);
  return { childMs, cpuMs: (user + system) / 1000, peakMb: process.resourceUsage().maxRSS / 1024 };
}

function run(way, path, now) {
  if (way === "file") return writesItself(path, now);
  if (way === "read" || way === "raw") return readsPlainly(way === "raw" ? path : undefined, now);
  return throughSpawner(way === "this" ? here : resolve(flags.against), path, now);
}

async function writesItself(path, now) {
  const file = await open(path, "a");
  const child = spawn(emitter[0], emitter.slice(1), { stdio: ["ignore", file.fd, "inherit"] });
  await once(child, "exit");
  await file.close();
  return now();
}

// With the same bounds as what is built: one batch under way, one MiB waiting.
async function readsPlainly(path, now) {
  const child = spawn(emitter[0], emitter.slice(1), { stdio: ["ignore", "pipe", "inherit"] });
  let childMs;
  child.once("exit", () => {
    childMs = now();
  });
  const [file, index] =
    path === undefined ? [] : await Promise.all([open(path, "a"), open(`${path}.times`, "a")]);
  let waiting = [];
  let bytes = 0;
  let offset = 0;
  let times = [];
  let writing = Promise.resolve();
  let isWriting = false;
  const writeAll = async () => {
    while (waiting.length > 0) {
      const [batch, entries] = [waiting, times];
      [waiting, times] = [[], []];
      const { bytesWritten } = await file.writev(batch);
      await index.appendFile(Buffer.from(Float64Array.from(entries).buffer));
      bytes -= bytesWritten;
    }
    isWriting = false;
  };
  child.stdout.on("data", (chunk) => {
    if (file === undefined) return;
    times.push(Date.now(), offset);
    offset += chunk.length;
    bytes += chunk.length;
    waiting.push(chunk);
    if (!isWriting) {
      isWriting = true;
      writing = writeAll();
    }
    if (bytes < 1024 * 1024) return;
    child.stdout.pause();
    void writing.then(() => child.stdout.resume());
  });
  await once(child, "close");
  await writing;
  await file?.close();
  await index?.close();
  return childMs;
}

async function throughSpawner(root, path, now) {
  const load = (file) => import(`${root}/dist/lib/${file}`);
  const { createSpawner } = await load("adapters/spawner/spawner.js");
  const { createProcessTable } = await load("adapters/process-table/process-table.js");
  const store = await load("adapters/log-store/log-store.js").catch(() => undefined);
  const limits = store && (await load("domain/logs/log-limits.js")).logDefaults;
  const logs = store?.createLogStore({ ...limits, totalBytes: 2 ** 40, isCompressed: false });
  const spawner = createSpawner({
    processTable: createProcessTable(),
    logs,
    log: { maxBytes: limits?.maxBytes ?? 50 * 1024 * 1024, keep: 100 },
  });
  const taken = { write: () => true, drained: () => Promise.resolve() };
  const child = await spawner.spawn({
    runId: randomUUID(),
    command: emitter,
    cwd: "/",
    env: { PATH: "/usr/bin:/bin" },
    tty: false,
    logFile: path,
    output: { stdout: taken, stderr: taken },
    tier: { tier: "direct" },
  });
  // When its last line is in the log; the child itself ends a little before.
  await child.ended;
  return now();
}
