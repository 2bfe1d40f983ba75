import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A Node program running under our preloads, and how it ended. */
export interface Preloaded {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

export interface PreloadedOptions {
  readonly node?: string;
  readonly preloads: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Arguments of Node: a file, or `-e` and a text. */
  readonly args: readonly string[];
  /** Whether the test writes to its stdin. */
  readonly isFed?: boolean;
}

/** Starts a Node program the way the launcher does: preloads by NODE_OPTIONS, an environment of its own. */
export function startPreloaded({
  node = process.execPath,
  preloads,
  env = {},
  args,
  isFed = false,
}: PreloadedOptions): Preloaded {
  const child = spawn(node, args, {
    env: {
      PATH: process.env["PATH"] ?? "",
      NODE_OPTIONS: preloads.map((path) => `--require "${path}"`).join(" "),
      ...env,
    },
    stdio: [isFed ? "pipe" : "ignore", "pipe", "pipe"],
  });
  return { child, ended: collect(child) };
}

async function collect(child: ChildProcess): Promise<Ended> {
  let [stdout, stderr] = ["", ""];
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  return { code, signal, stdout, stderr };
}
