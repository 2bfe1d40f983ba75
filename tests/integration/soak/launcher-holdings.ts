import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RunningLaunch } from "../../lab/launch-command.ts";
import type { Stage } from "../../lab/stage.ts";

/** What a launcher holds as the kernel and its own Node tell. */
export interface LauncherHoldings {
  readonly privateBytes: number;
  readonly heapBytes: number;
  readonly files: number;
  readonly handles: number;
  readonly timers: number;
  readonly processes: number;
  readonly sockets: number;
}

/** What lets a launcher be measured, as NODE_OPTIONS of its start. */
export const measuredOptions = `--require=${fileURLToPath(new URL("../../fixtures/launchers/measured.cjs", import.meta.url))}`;

const looks = 8;

/** Measures that launcher: the least of what it holds at a few moments, as a program that looks at sockets may just be running at one of them. */
export function holdingsOf(launcher: RunningLaunch, stage: Stage): () => Promise<LauncherHoldings> {
  let looked = 0;
  return async () => {
    const all: LauncherHoldings[] = [];
    for (let look = 0; look < looks; look += 1) all.push(await lookAt(launcher, stage, ++looked));
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
  const open = openFilesOf(launcher);
  const connections = connectionsToDatabase();
  const lent = open.filter((file) => connections.has(file)).length;
  return {
    ...own,
    handles: own.handles - lent,
    privateBytes: privateBytesOf(pid),
    files: open.length - lent,
    processes: treeOf(pid),
    sockets: readdirSync(join(stage.stateFolder, "run")).length,
  };
}

function openFilesOf({ pid }: RunningLaunch): readonly string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((name) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${name}`)];
    } catch {
      // It has just been closed.
      return [];
    }
  });
}

/** The pool opens some at need and closes them when they are idle: no more of them is no sign of anything. */
function connectionsToDatabase(): ReadonlySet<string> {
  const { stdout } = spawnSync("ss", ["-xH"], { encoding: "utf8" });
  const served = stdout.split("\n").filter((line) => line.includes("/.s.PGSQL."));
  return new Set(served.map((line) => `socket:[${line.trim().split(/\s+/).at(-1)}]`));
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
