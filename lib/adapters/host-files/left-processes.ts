import { randomUUID } from "node:crypto";
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunId } from "../../domain/ids.ts";
import type { KilledProcess } from "../../domain/text/killed-processes.ts";
import type { Instant } from "../../domain/time.ts";
import { namesIn } from "./read-if-there.ts";

/** What was left of a run whose launcher died, and was killed by the launcher's watch. */
export interface LeftProcesses {
  readonly runId: RunId;
  readonly launcherPid: number;
  readonly killed: readonly KilledProcess[];
}

/** What one watch wrote down. */
export interface LeftRecord {
  readonly id: string;
  readonly at: Instant;
  readonly left: readonly LeftProcesses[];
}

const ending = ".left.json";

/** Writes it down in the folder, for the next launcher: whoever killed them has no database. */
export function writeLeft(folder: string, left: readonly LeftProcesses[]): void {
  const draft = join(folder, `.${process.pid}.left`);
  writeFileSync(draft, JSON.stringify(left), { mode: 0o600 });
  renameSync(draft, join(folder, `${randomUUID()}${ending}`));
}

/** All that is written down in the folder; it stays there until it is forgotten. */
export function readLeft(folder: string): readonly LeftRecord[] {
  const names = namesIn(folder).filter((name) => name.endsWith(ending) && !name.startsWith("."));
  return names.flatMap((name) => {
    const path = join(folder, name);
    const id = name.slice(0, -ending.length);
    try {
      const at = Math.floor(statSync(path).mtimeMs) as Instant;
      const left: unknown = JSON.parse(readFileSync(path, "utf8"));
      if (!Array.isArray(left)) throw new SyntaxError("no list");
      return { id, at, left: left as readonly LeftProcesses[] };
    } catch (error) {
      // Somebody's hand was in it: nobody will ever read it.
      if (error instanceof SyntaxError) forgetLeft(folder, id);
      return [];
    }
  });
}

/** Takes it out of the folder, once the history has it. */
export function forgetLeft(folder: string, id: string): void {
  rmSync(join(folder, `${id}${ending}`), { force: true });
}
