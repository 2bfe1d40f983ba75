import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, fstatSync, openSync, readFileSync, realpathSync, renameSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeFolder } from "../../adapters/host-files/make-folder.ts";
import { readUpRecord, type UpRecord, upFile } from "../../adapters/host-files/up-file.ts";
import { packageRoot } from "../../config/package-root.ts";
import { LaunchError } from "../../errors.ts";
import type { Workspace } from "../workspace.ts";

export type { UpRecord } from "../../adapters/host-files/up-file.ts";

const askEveryMs = 100;
/** A longer log is put aside before the next start, and that one before it is given up. */
const longestLogBytes = 10 * 1024 * 1024;

/** What became of a launcher that goes on without the terminal. */
export interface Detached {
  readonly pid: number;
  readonly log: string;
  /** Undefined where the time was up before every unit had had its first chance. */
  readonly settled: UpRecord["settled"];
}

/**
 * Starts this program once more, away from the terminal, with the words given, and waits until every unit has had its first
 * chance. Rejects with what the program said when it ended before.
 */
export async function detach(
  { config, processes, clock }: Workspace,
  words: readonly string[],
  withinMs: number,
): Promise<Detached> {
  const log = join(config.stateFolder, "logs", "up.log");
  makeFolder(dirname(log), 0o700);
  putAside(log);
  const descriptor = openSync(log, "a", 0o600);
  const before = fstatSync(descriptor).size;
  const child = spawn(process.execPath, [ownProgram(), ...words], {
    cwd: config.cwd,
    detached: true,
    stdio: ["ignore", descriptor, descriptor],
  });
  closeSync(descriptor);
  let status: number | undefined;
  const gone = once(child, "exit").then(([code]) => {
    status = Number(code ?? 70);
  });
  const endAt = clock.monotonicMs() + withinMs;
  const pid = child.pid ?? 0;
  for (;;) {
    const record = readUpRecord(upFile(config.stateFolder));
    if (record?.process.pid === pid && record.settled !== undefined)
      return detached(child, { pid, log, settled: record.settled });
    if (status !== undefined)
      throw endedEarly(status, readFileSync(log).subarray(before).toString("utf8"), log);
    if (clock.monotonicMs() >= endAt) return detached(child, { pid, log, settled: undefined });
    await Promise.race([gone, new Promise<void>((resolve) => clock.after(askEveryMs, resolve))]);
    if (status === undefined && processes.startTicks(pid) === undefined) await gone;
  }
}

// As it was typed: by that it names itself in what it says.
function ownProgram(): string {
  const own = join(packageRoot(), "bin/launch");
  const [, typed] = process.argv;
  try {
    return typed !== undefined && realpathSync(typed) === realpathSync(own) ? typed : own;
  } catch {
    return own;
  }
}

// The launcher's own lines are few: what one start after the other adds is bounded here.
function putAside(log: string): void {
  const bytes = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  if (bytes > longestLogBytes) renameSync(log, `${log}.1`);
}

function detached(child: { unref(): void }, value: Detached): Detached {
  child.unref();
  return value;
}

function endedEarly(exitStatus: number, said: string, log: string): LaunchError {
  const text = said.trim().split("\n").slice(-20).join("\n");
  return new LaunchError(
    "LAUNCH_CHECK_FAILED",
    `It ended with ${exitStatus} before all units had started:\n${text}`,
    {
      exitStatus: exitStatus === 0 ? 1 : exitStatus,
      hint: `The whole log is ${log}.`,
    },
  );
}
