import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { builtFile } from "../../support/built.ts";

builtFile("lib/adapters/host-lock/host-locks.js");
const script = fileURLToPath(new URL("../../fixtures/host-lock/holder.mjs", import.meta.url));

/** Where one launcher of the test stands, and what it wants to run. */
export interface Want {
  readonly stateFolder: string;
  readonly runFolder?: string;
  readonly runtimeFolder?: string | undefined;
  readonly home?: string | undefined;
  readonly account?: string;
  readonly key?: object;
  readonly database?: string;
  readonly runId?: string;
  /** Put in front of the command, to run it as somebody else. */
  readonly front?: readonly string[];
  readonly readyWhen?: string;
}

/** What a launcher of the test told. */
export interface Told {
  readonly kind: string;
  readonly pid: number;
  readonly message?: string;
  readonly left?: readonly string[];
  readonly place?: string;
  readonly holder?: {
    readonly database: string;
    readonly folder: string;
    readonly launcher: { pid: number };
  };
}

/** A launcher that took the lock, or was refused and is gone. */
export interface Launcher {
  readonly runId: string;
  readonly child: ChildProcess;
  readonly told: Told;
  kill(signal?: NodeJS.Signals): Promise<void>;
  release(): Promise<void>;
}

/** Launchers that are killed when the test is over. */
export function launchers() {
  const alive = new Set<ChildProcess>();
  const begin = (want: Want) => {
    const runId = want.runId ?? randomUUID();
    const { stateFolder, runFolder = "/nowhere", runtimeFolder, home } = want;
    const words = {
      user: { stateFolder, runFolder, runtimeFolder, home },
      key: want.key ?? { kind: "bot", accountId: want.account ?? "4c5b0d3a-0000-4000-8000-000000000001" },
      runId,
      database: want.database ?? "embedded in /state",
      readyWhen: want.readyWhen,
    };
    const [file, ...args] = [...(want.front ?? []), process.execPath, script, JSON.stringify(words)];
    const child = spawn(file, args, { stdio: ["pipe", "pipe", "inherit"] });
    alive.add(child);
    const gone = once(child, "exit").then(() => void alive.delete(child));
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const nextLine = async () => String((await lines.next()).value);
    const launcher = async (): Promise<Launcher> => ({
      runId,
      child,
      told: JSON.parse(await nextLine()) as Told,
      async kill(signal = "SIGKILL") {
        child.kill(signal);
        await gone;
      },
      async release() {
        child.stdin.end();
        await gone;
      },
    });
    return { nextLine, launcher, child };
  };
  return {
    begin,
    start: (want: Want) => begin(want).launcher(),
    close: () => {
      for (const child of alive) child.kill("SIGKILL");
    },
  };
}
