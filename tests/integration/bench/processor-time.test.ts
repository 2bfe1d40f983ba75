import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { packageRoot } from "../../../lib/config/package-root.ts";

const module = pathToFileURL(join(packageRoot(), "bench/harness/processes.mjs")).href;

// The bench is plain JavaScript without types: it is asked as it is run.
function asked(program: string) {
  const text = `import { cpuBetween, cpuLook, cpuOf, treeOf } from ${JSON.stringify(module)}; ${program}`;
  return JSON.parse(
    execFileSync(process.execPath, ["--input-type=module", "-e", text], { encoding: "utf8" }),
  );
}

function between(before: Look, after: Look): number {
  const looks = [before, after].map(({ threads, collectedMs }) => [Object.entries(threads), collectedMs]);
  return asked(`const [before, after] = ${JSON.stringify(looks)}.map(([threads, collectedMs]) =>
    ({ threads: new Map(threads), collectedMs })); console.log(cpuBetween(before, after));`);
}

interface Look {
  /** By `pid/tid`. */
  readonly threads: Readonly<Record<string, number>>;
  readonly collectedMs: number;
}

test("the processor time of a tree counts helpers that began or ended between two looks, and never falls", () => {
  const before = { threads: { "1/1": 100, "1/2": 50, "2/2": 400 }, collectedMs: 30 };
  // The helper 2 used 20 ms more until it ended, 3 is new, and a thread of 1 ended.
  expect(between(before, { threads: { "1/1": 110, "3/3": 5 }, collectedMs: 450 })).toBe(35);
  // Nobody collected the helper.
  expect(between(before, { threads: { "1/1": 110 }, collectedMs: 30 })).toBe(10);
});

test("a helper that ends between two looks at real processes takes none of its parent's time away", () => {
  const { used, fell } = asked(`
    import { spawn } from "node:child_process";
    import { once } from "node:events";
    const work = "let n = 0; while (process.cpuUsage().user < 200_000) n += 1; process.stdout.write('x'); process.stdin.resume();";
    const helper = spawn(process.execPath, ["-e", work], { stdio: ["pipe", "pipe", "inherit"] });
    await once(helper.stdout, "data");
    const own = treeOf(process.pid);
    const [before, whole] = [cpuLook(own), cpuOf(own)];
    helper.stdin.end();
    await once(helper, "close");
    console.log(JSON.stringify({ used: cpuBetween(before, cpuLook(treeOf(process.pid))), fell: cpuOf(own) < whole }));
  `);
  // What lives alone tells the time of the helper as time that was never used.
  expect(fell).toBe(true);
  expect(used).toBeGreaterThanOrEqual(0);
});
