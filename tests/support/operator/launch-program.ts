import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { packageRoot } from "../../../lib/config/package-root.ts";

/** What a finished program left behind. */
export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A stranger's machine: an own HOME and working folder, nothing of this shell's environment but PATH. */
export interface Stranger {
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
  /** Runs the built program to its end; `input` is its stdin, otherwise /dev/null. */
  launch(words: readonly string[], extra?: RunExtra): Promise<Finished>;
  /** Runs it under a pseudo-terminal, where stdout and stderr are one. */
  launchOnTerminal(words: readonly string[], extra?: RunExtra): Promise<Finished>;
  /** Starts it and leaves it running. */
  start(words: readonly string[], extra?: RunExtra): ChildProcess;
  /** The same under a pseudo-terminal; what is written to its stdin is typed. */
  startOnTerminal(words: readonly string[], extra?: RunExtra): ChildProcess;
  remove(): void;
}

export interface RunExtra {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly cwd?: string;
}

const program = join(packageRoot(), "bin", "launch");

/** Makes the machine in a temporary folder; `remove` takes it away. */
export function newStranger(): Stranger {
  if (!existsSync(join(packageRoot(), "dist", "lib", "cli", "main.js")))
    throw new Error("There is no build: run `node scripts/setup.mjs` first.");
  const home = realpathSync(mkdtempSync(join(tmpdir(), "launch-home-")));
  // Root's embedded database runs as another user, who must be able to pass through here.
  chmodSync(home, 0o711);
  const env = {
    // As the README puts it on PATH: messages then say `launch`, and not where this clone is.
    PATH: `${dirname(program)}:${process.env["PATH"] ?? ""}`,
    HOME: home,
    TERM: "xterm",
    LAUNCH_STATE_DIR: join(home, "state"),
  };
  const begin = (command: readonly string[], { env: more, cwd }: RunExtra) => {
    const [file = "", ...words] = command;
    return spawn(file, words, {
      cwd: cwd ?? home,
      env: { ...env, ...more },
      stdio: ["pipe", "pipe", "pipe"],
    });
  };
  const launchWords = (words: readonly string[]) => [process.execPath, program, ...words];
  const onTerminal = (words: readonly string[]) => {
    const line = launchWords(words).map(quote).join(" ");
    return ["script", "-qec", line, "/dev/null"];
  };
  return {
    home,
    env,
    launch: (words, extra = {}) => finish(begin(launchWords(words), extra), extra.input),
    launchOnTerminal: (words, extra = {}) => finish(begin(onTerminal(words), extra), extra.input),
    start: (words, extra = {}) => begin(launchWords(words), extra),
    startOnTerminal: (words, extra = {}) => begin(onTerminal(words), extra),
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
}

/** Collects the output of a process until it ends; `input` is its whole stdin. */
export function finish(child: ChildProcess, input = ""): Promise<Finished> {
  // A program that never reads its stdin may be gone before we have written all.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(input);
  return collect(child);
}

/** Collects the output of a process until it ends; its stdin is left to the caller. */
export function collect(child: ChildProcess): Promise<Finished> {
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
  });
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, stdout, stderr }));
  });
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
