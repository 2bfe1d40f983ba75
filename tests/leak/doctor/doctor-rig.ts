import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { builtFile } from "../../support/built.ts";

/** A private place in which the real `launch doctor --leaks` runs. */
export interface DoctorPlace {
  readonly folder: string;
  /** Where everything temporary goes. */
  readonly temporary: string;
  write(name: string, text: string): void;
  start(words: readonly string[], way?: DoctorWay): RunningDoctor;
  run(words: readonly string[], way?: DoctorWay): Promise<DoctorEnd>;
}

export interface DoctorWay {
  /** Words in front of the command. */
  readonly through?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface RunningDoctor {
  readonly pid: number;
  readonly ended: Promise<DoctorEnd>;
}

export interface DoctorEnd {
  /** 128 + n is the doctor's own word; undefined after a signal that it could not answer. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** A place for all tests of the file, which every user may write to. */
export function useDoctor(): DoctorPlace {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-doctor-"));
    mkdirSync(join(folder, "tmp"));
    for (const each of [folder, join(folder, "tmp")]) chmodSync(each, 0o777);
  });
  afterAll(() => {
    if (folder !== "") rmSync(folder, { recursive: true, force: true });
  });
  const start = (words: readonly string[], way: DoctorWay = {}) => startDoctor(folder, words, way);
  return {
    get folder() {
      return folder;
    },
    get temporary() {
      return join(folder, "tmp");
    },
    write: (name, text) => writeFileSync(join(folder, name), text),
    start,
    run: (words, way) => start(words, way).ended,
  };
}

/** Words that leave a command no network namespace to make: it is root there, of a user namespace of its own. */
export const withoutNamespaces = [
  "unshare",
  "--user",
  "--map-root-user",
  "sh",
  "-c",
  'echo 0 > /proc/sys/user/max_net_namespaces; exec "$@"',
  "sh",
];

/** Words that run a command as a user without any right: none for whoever is one already. */
export const asNobody =
  process.getuid?.() === 0
    ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all"]
    : [];

/** Every process below a process, itself left out. */
export function descendantsOf(pid: number): readonly number[] {
  const parents = new Map(numbersIn("/proc").map((each) => [each, parentOf(each)]));
  const below = (of: number): readonly number[] =>
    [...parents].filter(([, parent]) => parent === of).flatMap(([child]) => [child, ...below(child)]);
  return below(pid);
}

function numbersIn(folder: string): readonly number[] {
  return readdirSync(folder)
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function parentOf(pid: number): number {
  try {
    return Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1]);
  } catch {
    return -1;
  }
}

function startDoctor(folder: string, words: readonly string[], way: DoctorWay): RunningDoctor {
  const bin = builtFile("../bin/launch");
  const [file = "", ...args] = [...(way.through ?? []), process.execPath, bin, "doctor", "--leaks", ...words];
  const child = spawn(file, args, {
    cwd: folder,
    // Of a process group of its own, as from a shell.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: folder,
      TMPDIR: join(folder, "tmp"),
      LAUNCH_STATE_DIR: join(folder, "state"),
      ...way.env,
    },
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = once(child, "close").then(([code]) => ({ code: code ?? undefined, stdout, stderr }));
  // Nobody's pid: a signal to the group of a process that never was would go to others.
  if (child.pid === undefined) throw new Error(`${file} could not be started`);
  return { pid: child.pid, ended };
}
