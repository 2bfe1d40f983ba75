import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openSlipway, type Slipway } from "../../../lib/index.ts";
import type { RunningLaunch } from "../../lab/launch-command.ts";
import type { Stage } from "../../lab/stage.ts";
import { patient } from "../../patience/patience.ts";
import { addAccount, e2eStage, readyOn } from "../../support/e2e-stage.ts";
import { earlyAndLate } from "./growth.ts";

const isFull = process.env["LAUNCH_TEST_SIZE"] === "full";
const times = isFull ? 500 : 4;
// Pages that the allocator keeps and code that was compiled; 375 times 64 KiB, what one forgotten connection would keep, is twice as much.
const mostBytes = 12 * 1_048_576;
const looks = 3;
const alice = { kind: "bot", name: "alice" } as const;
const measured = fileURLToPath(new URL("../../fixtures/launchers/measured.cjs", import.meta.url));

/** What a launcher holds as the kernel and its own Node tell. */
interface LauncherHoldings {
  readonly privateBytes: number;
  readonly heapBytes: number;
  readonly files: number;
  readonly handles: number;
  readonly timers: number;
  readonly processes: number;
  readonly sockets: number;
}

describe.skipIf(process.platform !== "linux")("a launcher that runs for long", () => {
  let stage: Stage;
  let operator: Slipway;
  beforeAll(async () => {
    stage = await e2eStage({ proxies: { "fra-1": "http", "ams-1": "socks5" } });
    await addAccount(stage, "alice", ["fra-1", "ams-1"]);
    operator = await openSlipway({
      stateFolder: stage.stateFolder,
      configFile: join(stage.folder, "launch.yaml"),
    });
  });
  afterAll(async () => {
    await operator.close();
    await stage.close();
  });

  test.each(isFull ? (["auto", "preload"] as const) : (["auto"] as const))(
    `with --isolation %s holds no more after ${times} restarts and ${times} fail-overs than after a quarter of them`,
    { timeout: patient(isFull ? 1_800_000 : 100_000) },
    async (isolation) => {
      const launcher = stage.start(["bot", "--account", "alice", "--isolation", isolation], {
        env: { NODE_OPTIONS: `--require=${measured}` },
      });
      await readyOn(stage, launcher, "fra-1");
      let looked = 0;
      const measure = async () => {
        const holdings = await holdingsOf(launcher, stage, looked);
        looked += looks;
        return holdings;
      };
      const both = await earlyAndLate(
        times,
        async (part) => {
          for (const verb of ["restart", "rotate"] as const)
            for (const text of await askOften(launcher, verb, part)) process.stdout.write(`${text}\n`);
        },
        measure,
      );
      if (isFull) process.stdout.write(`${JSON.stringify({ isolation, ...both })}\n`);
      const { early, late } = both;
      for (const what of ["files", "handles", "timers", "processes", "sockets"] as const)
        expect(late[what] - early[what], what).toBeLessThanOrEqual(2);
      // After a handful, memory still grows with the code that is compiled.
      expect(late.heapBytes - early.heapBytes).toBeLessThan(mostBytes);
      if (isFull) expect(late.privateBytes - early.privateBytes).toBeLessThan(mostBytes);
      launcher.signal("SIGTERM");
      expect(await launcher.ended).toBe(0);
    },
  );

  // On a busy machine a witness may be late and one of them in vain: the launcher goes on, and it is asked again.
  async function askOften(
    launcher: RunningLaunch,
    verb: "restart" | "rotate",
    often: number,
  ): Promise<readonly string[]> {
    const inVain: string[] = [];
    for (let done = 0; done < often; ) {
      const { isDone, text } = await operator.runs.ask(alice, verb);
      if (isDone) done += 1;
      else inVain.push(`${verb} ${done + 1}: ${text}`);
      expect(inVain.length, [...inVain, ...launcher.stderr.slice(-20)].join("\n")).toBeLessThan(
        often / 20 + 1,
      );
    }
    return inVain;
  }
});

/** The least of what it holds at a few moments: a program that looks at sockets may just be running at one of them. */
async function holdingsOf(launcher: RunningLaunch, stage: Stage, from: number): Promise<LauncherHoldings> {
  const all: LauncherHoldings[] = [];
  for (let look = 0; look < looks; look += 1) all.push(await lookAt(launcher, stage, from + look + 1));
  const least = (what: keyof LauncherHoldings) => Math.min(...all.map((each) => each[what]));
  return {
    privateBytes: least("privateBytes"),
    heapBytes: least("heapBytes"),
    files: least("files"),
    handles: least("handles"),
    timers: least("timers"),
    processes: least("processes"),
    sockets: least("sockets"),
  };
}

async function lookAt(launcher: RunningLaunch, stage: Stage, number: number): Promise<LauncherHoldings> {
  const { pid } = launcher;
  launcher.signal("SIGUSR2");
  const line = await launcher.line(new RegExp(`^measured ${number} `));
  const own = JSON.parse(line.slice(line.indexOf("{"))) as Pick<
    LauncherHoldings,
    "handles" | "timers" | "heapBytes"
  >;
  return {
    ...own,
    privateBytes: privateBytesOf(pid),
    files: readdirSync(`/proc/${pid}/fd`).length,
    processes: treeOf(pid),
    sockets: readdirSync(join(stage.stateFolder, "run")).length,
  };
}

function privateBytesOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return [...text.matchAll(/^Private_\w+: +(\d+) kB$/gm)].reduce(
    (sum, [, kib]) => sum + Number(kib) * 1_024,
    0,
  );
}

/** How many processes there are below it. */
function treeOf(pid: number): number {
  const parents = readdirSync("/proc").flatMap((name) => {
    const child = Number(name);
    return Number.isInteger(child) ? [{ child, parent: parentOf(child) }] : [];
  });
  const below = (of: number): number =>
    parents.filter(({ parent }) => parent === of).reduce((sum, { child }) => sum + 1 + below(child), 0);
  return below(pid);
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    // It has just ended.
    return undefined;
  }
}
