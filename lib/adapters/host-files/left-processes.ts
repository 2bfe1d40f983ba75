import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunId } from "../../domain/ids.ts";
import type { KilledProcess } from "../../domain/text/killed-processes.ts";

/** What was left of a run whose launcher died, and was killed by the launcher's watch. */
export interface LeftProcesses {
  readonly runId: RunId;
  readonly launcherPid: number;
  readonly killed: readonly KilledProcess[];
}

const ending = ".left.json";

/** Writes it down in the folder, for the next launcher: whoever killed them has no database. */
export function writeLeft(folder: string, left: readonly LeftProcesses[]): void {
  const draft = join(folder, `.${process.pid}.left`);
  writeFileSync(draft, JSON.stringify(left), { mode: 0o600 });
  renameSync(draft, join(folder, `${randomUUID()}${ending}`));
}

/** Takes all of it out of the folder; each is told of to one reader. */
export function takeLeft(folder: string): readonly LeftProcesses[] {
  return namesIn(folder).flatMap((name) => {
    const mine = join(folder, `.${process.pid}-${name}`);
    try {
      renameSync(join(folder, name), mine);
      return JSON.parse(readFileSync(mine, "utf8")) as readonly LeftProcesses[];
    } catch {
      // Another launcher was first, or somebody's hand was in it.
      return [];
    } finally {
      rmSync(mine, { force: true });
    }
  });
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(ending) && !name.startsWith("."));
  } catch {
    return [];
  }
}
