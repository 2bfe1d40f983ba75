import { type ChildProcess, spawn } from "node:child_process";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { patient } from "../patience/patience.ts";

export interface LaunchCall {
  /** Put in front of the command, to run it in a namespace or as somebody else. */
  readonly front?: readonly string[];
  readonly bin: string;
  readonly words: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly input: string | undefined;
}

export interface LaunchResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A `launch` in the foreground of its own. */
export interface RunningLaunch {
  readonly pid: number;
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  /** Settles with the exit code; 128 + n after a signal. */
  readonly ended: Promise<number>;
  /** The first line on stderr or stdout, past or coming, that fits; rejects when the program ends before or after the time (a quiet machine's). */
  line(pattern: RegExp, timeoutMs?: number): Promise<string>;
  signal(name: NodeJS.Signals): void;
  /** SIGTERM, and SIGKILL after a while; settles when it is gone. */
  end(): Promise<void>;
}

// As on a quiet machine.
const lineTimeoutMs = 30_000;
const killAfterMs = 20_000;

/** Runs one command to its end. */
export function runLaunch(call: LaunchCall): Promise<LaunchResult> {
  return resultOf(startLaunch(call));
}

/** What a command has printed when it ends. */
export async function resultOf({ ended, stdout, stderr }: RunningLaunch): Promise<LaunchResult> {
  const exitCode = await ended;
  return { exitCode, stdout: stdout.join("\n"), stderr: stderr.join("\n") };
}

/** Starts a command and collects what it prints, line by line. */
export function startLaunch({ front = [], bin, words, cwd, env, input }: LaunchCall): RunningLaunch {
  const [file = "", ...args] = [...front, process.execPath, bin, ...words];
  // As the README puts it on PATH: messages then say `launch`.
  const PATH = [env["PATH"] ?? "", dirname(bin)].join(":");
  const child = spawn(file, args, { cwd, env: { ...env, PATH }, stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.on("error", () => {});
  child.stdin.end(input ?? "");
  const listeners = new Set<() => void>();
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  const collect = (stream: NodeJS.ReadableStream): string[] => {
    const lines: string[] = [];
    createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      tell();
    });
    return lines;
  };
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  let code: number | undefined;
  const ended = endOf(child).then((status) => {
    code = status;
    tell();
    return status;
  });
  const line = (pattern: RegExp, timeoutMs = lineTimeoutMs): Promise<string> =>
    new Promise((resolve, reject) => {
      const stop = (): void => {
        listeners.delete(look);
        late.removeEventListener("abort", onLate);
      };
      const fail = (why: string): void => {
        stop();
        reject(
          new Error(
            `launch ${words.join(" ")}: no line ${pattern} ${why}:\n${[...stderr, ...stdout].join("\n")}`,
          ),
        );
      };
      const limitMs = patient(timeoutMs);
      const late = AbortSignal.timeout(limitMs);
      const onLate = (): void => fail(`within ${limitMs} ms`);
      late.addEventListener("abort", onLate);
      const look = (): void => {
        const found = [...stderr, ...stdout].find((text) => pattern.test(text));
        if (found !== undefined) {
          stop();
          resolve(found);
        } else if (code !== undefined) fail(`before it ended with ${code}`);
      };
      listeners.add(look);
      look();
    });
  return {
    pid: child.pid ?? 0,
    stdout,
    stderr,
    ended,
    line,
    signal: (name) => void child.kill(name),
    async end() {
      child.kill("SIGTERM");
      const late = AbortSignal.timeout(patient(killAfterMs));
      const onLate = (): void => void child.kill("SIGKILL");
      late.addEventListener("abort", onLate);
      await ended;
      late.removeEventListener("abort", onLate);
    },
  };
}

const signalNumbers: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

function endOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve(code ?? 128 + (signalNumbers[signal ?? ""] ?? 0)));
  });
}
