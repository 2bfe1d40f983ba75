import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { packageRoot } from "../../../lib/config/package-root.ts";
import { leftovers } from "../../lab/leftovers.ts";
import { eventually } from "../../support/eventually.ts";
import { signal } from "../../support/processes/signal.ts";

interface Way {
  readonly way: string;
  readonly median: number;
  readonly ratio?: number;
}
interface Result {
  readonly figures: readonly { readonly name: string; readonly ways: readonly Way[] }[];
  readonly skipped: Readonly<Record<string, string>>;
}

const isFull = process.env["LAUNCH_TEST_SIZE"] === "full";
/** The others start databases, desks and every supervisor that is installed. */
const quickRows: readonly string[] = ["commands", "fernet", "policy"];
const heavyRows =
  "start, stop, memory, logs, crash-loop, in-bot, tiers, relay, exit-lost, database, selection, renewal".split(
    ", ",
  );

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "slipway-bench-test-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("npm run bench", () => {
  test("measures rows, and names each peer that is not installed", async () => {
    // Nothing is on PATH: no peer of Debian's.
    const results = await measure(quickRows, folder);
    expect(Object.keys(results)).toEqual(quickRows);
    for (const result of Object.values(results)) expectFinite(result);
    expect(results["commands"]?.skipped).toMatchObject({
      runit: "apt-get install runit",
      s6: "apt-get install s6",
    });
  });

  test.runIf(isFull).each(heavyRows)("measures %s beside whatever is installed", async (name) => {
    const { [name]: result } = await measure([name], process.env["PATH"] ?? "");
    expectFinite(result ?? { figures: [], skipped: {} });
  });

  test("lists its rows, all of which are tried here", async () => {
    const { stdout } = await bench([], process.env["PATH"] ?? "");
    const listed = [...stdout.matchAll(/^ {2}([\w-]+) {2,}/gm)].map(([, name]) => name);
    expect(new Set(listed)).toEqual(new Set([...quickRows, ...heavyRows]));
  });

  test("takes everything away that it started when it is ended in the middle", async () => {
    const words = [join(packageRoot(), "bench/main.mjs"), "commands", "--size", "smoke"];
    // As root its database runs as another user, who has to pass through.
    await chmod(folder, 0o711);
    const env = { PATH: process.env["PATH"] ?? "", HOME: folder, TMPDIR: folder };
    const child = spawn(process.execPath, words, { env, stdio: ["ignore", "ignore", "pipe"] });
    const ended = once(child, "exit");
    for await (const line of createInterface({ input: child.stderr })) if (/round 1/.test(line)) break;
    signal(child.pid, "SIGTERM");
    expect(await ended).toEqual([130, null]);
    expect(await readdir(folder)).toEqual([]);
    await eventually(
      () => leftovers(folder),
      (left) => left.length === 0,
    );
  });

  test("refuses a row that it does not have, and measures nothing", async () => {
    const refused = bench(["commands", "nothing"], process.env["PATH"] ?? "");
    await expect(refused).rejects.toMatchObject({ code: 64, stderr: /There is no row nothing\./ });
  });
});

function expectFinite({ figures }: Result): void {
  const ways = figures.flatMap((figure) => figure.ways);
  expect(ways.length).toBeGreaterThan(0);
  for (const { way, median, ratio = 1 } of ways)
    expect([way, Number.isFinite(median), Number.isFinite(ratio)]).toEqual([way, true, true]);
}

async function measure(names: readonly string[], path: string): Promise<Readonly<Record<string, Result>>> {
  const file = join(folder, "results.json");
  await bench([...names, "--size", "smoke", "--rounds", "1", "--json", file], path);
  const { results } = JSON.parse(await readFile(file, "utf8"));
  return results;
}

function bench(words: readonly string[], path: string) {
  return promisify(execFile)(process.execPath, [join(packageRoot(), "bench/main.mjs"), ...words], {
    env: { PATH: path, HOME: folder },
  });
}
