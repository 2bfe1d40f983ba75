import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { program } from "../../harness/places.mjs";
import { run } from "../../harness/processes.mjs";
import { logKeepers } from "./log-keepers.mjs";

const floor = "child writes a file";
const ours = "Slipway, each line stamped";
const long = ".".repeat(99);
// Letters of two and of four bytes: pieces of a pipe end within them.
const burst = "ордер исполнен 🚀 ".repeat(5);

/** What it costs to keep what a bot writes, and whether all of it is kept. */
export const logs = {
  name: "logs",
  title: "200 MB of lines, and a burst of 20,000 lines of UTF-8, from a child that ends at once",
  rounds: 3,
  limits:
    "The child's time is what it measures itself: whoever reads slowly holds it up. Ours reads, finds the line ends, stamps each line and " +
    "writes it in one Node thread. With the index of times, a prototype, the bytes are written as they are.",
  figures: {
    "child's time for 200 MB": { unit: "ms", floor },
    "lines lost of 2,000,000": { unit: "lines" },
    "lines lost of the UTF-8 burst": { unit: "lines" },
    "processor time": { unit: "ms" },
    "peak RSS": { unit: "MB" },
  },
  targets: [
    { figure: "child's time for 200 MB", way: ours, ratio: 4.5 },
    { figure: "child's time for 200 MB", way: "index of times, prototype", ratio: 2.5 },
    { figure: "lines lost of 2,000,000", way: ours, most: 0 },
    { figure: "lines lost of the UTF-8 burst", way: ours, most: 0 },
  ],
  async open(tools) {
    const counts = tools.size === "smoke" ? { long: 2_000, burst: 200 } : { long: 2_000_000, burst: 20_000 };
    const keepers = {
      [floor]: through("file"),
      "index of times, prototype": through("index"),
      [ours]: through("slipway"),
      ...logKeepers(tools),
    };
    return Object.fromEntries(
      Object.entries(keepers).map(([way, keep]) => [way, () => measure(tools.quiet, keep, counts)]),
    );
  },
};

async function measure(quiet, keep, counts) {
  await quiet();
  const flat = await oneRun(keep, { text: long, count: counts.long });
  const short = await oneRun(keep, { text: burst, count: counts.burst });
  return {
    "child's time for 200 MB": flat.tookMs,
    "lines lost of 2,000,000": flat.lost,
    "lines lost of the UTF-8 burst": short.lost,
    "processor time": flat.cpuMs,
    "peak RSS": flat.peakMb,
  };
}

async function oneRun(keep, { text, count }) {
  const folder = mkdtempSync(join(tmpdir(), "slipway-bench-logs-"));
  try {
    const tookFile = join(folder, "took");
    // In a file: not every supervisor takes letters beyond ASCII from its configuration.
    const script = join(folder, "emit.sh");
    writeFileSync(script, emitter({ text, count, tookFile }));
    const used = await keep({ folder, tookFile, command: ["/bin/sh", script] });
    const tookMs = Number(readFileSync(tookFile, "utf8")) / 1e6;
    return { ...used, tookMs, lost: count - countLines(used.files ?? filesOf(used.folder), text) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function emitter({ text, count, tookFile }) {
  return `from=$(date +%s%N)
yes '${text}' | head -n ${count}
to=$(date +%s%N)
echo $((to - from)) >${tookFile}.part
mv ${tookFile}.part ${tookFile}
`;
}

/** In a Node of its own, whose memory and processor time are told. */
function through(way) {
  return async ({ folder, command }) => {
    const words = [program("keep-lines.mjs"), way, join(folder, "bot.log"), ...command];
    return { ...JSON.parse(await run(process.execPath, words)), folder };
  };
}

function filesOf(folder) {
  return readdirSync(folder)
    .filter((name) => !/^(?:took|emit.sh|pipe|config|lock|state|status|kept)$/.test(name))
    .map((name) => {
      const bytes = readFileSync(join(folder, name));
      return name.endsWith(".gz") ? gunzipSync(bytes) : bytes;
    });
}

function countLines(files, text) {
  const line = Buffer.from(`${text}\n`);
  let count = 0;
  for (const bytes of files)
    for (let at = bytes.indexOf(line); at >= 0; at = bytes.indexOf(line, at + line.length)) count += 1;
  return count;
}
