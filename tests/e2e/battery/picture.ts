import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import type { Stage } from "../../lab/stage.ts";
import { pidOf } from "../../support/e2e-stage.ts";
import { eventually } from "../../support/eventually.ts";

/** The program of every unit of the battery. */
export const breeds = fileURLToPath(new URL("../../fixtures/bots/leaving/breeds.mjs", import.meta.url));

/** A process of a unit, as the host shows it to anybody. */
export interface Seen {
  readonly pid: number;
  readonly role: string;
  readonly unit: string;
  /** Undefined for one that has not our environment. */
  readonly runId: string | undefined;
}

/** Every process of every unit of the stage. */
export function picture({ folder }: Pick<Stage, "folder">): readonly Seen[] {
  return processes().flatMap(({ pid, words }) => {
    const at = words.indexOf(breeds);
    const [role = "", unit = "", , place] = words.slice(at + 1);
    if (at < 0 || place !== folder || role === "between" || words[0] === "env") return [];
    const runId = /(?:^|\0)LAUNCH_RUN_ID=([^\0]+)/.exec(read(`/proc/${pid}/environ`))?.[1];
    return [{ pid, role, unit, runId }];
  });
}

/** The pids of processes that have all of these among their words. */
export function pidsOf(...wanted: readonly string[]): readonly number[] {
  return processes()
    .filter(({ words }) => wanted.every((part) => words.some((word) => word.includes(part))))
    .map(({ pid }) => pid);
}

/** Exactly one live copy of each of these units, nothing of any other or former one, and only what lives is seen at the venue. */
export async function judged(stage: Stage, units: readonly string[], withinMs = 30_000): Promise<void> {
  const problems = () => problemsOf(picture(stage), units);
  expect(await eventually(problems, (found) => found.length === 0, withinMs, 50)).toEqual([]);
  await eachSeen(stage, units);
  const from = stage.venue.entries.length;
  await eachSeen(stage, units);
  const live = new Set(picture(stage).map(({ pid }) => pid));
  const strangers = stage.venue.entries.slice(from).filter((entry) => !live.has(pidOf(entry)));
  expect(strangers).toEqual([]);
  expect(problems()).toEqual([]);
}

/** No two units were ever seen from one address. */
export function nothingShared({ venue }: Stage): void {
  const units = new Map<string, Set<string>>();
  for (const { peer, account } of venue.entries)
    units.set(peer, (units.get(peer) ?? new Set()).add(account ?? "unknown"));
  expect([...units.values()].filter((names) => names.size > 1)).toEqual([]);
}

async function eachSeen(stage: Stage, units: readonly string[]): Promise<void> {
  const from = stage.venue.entries.length;
  const isSeen = (unit: string) =>
    stage.venue.entries
      .slice(from)
      .some((entry) => entry.account === unit && entry.path.includes("role=main"));
  await eventually(
    () => units.filter((unit) => !isSeen(unit)),
    (missing) => missing.length === 0,
    30_000,
  );
}

function problemsOf(seen: readonly Seen[], units: readonly string[]): readonly string[] {
  const stray = seen
    .filter(({ unit }) => !units.includes(unit))
    .map(({ unit, role }) => `${role} of ${unit}`);
  const wrong = units.flatMap((unit) => {
    const own = seen.filter((each) => each.unit === unit);
    const mains = own.filter(({ role }) => role === "main");
    const twice = own.filter(({ role }, at) => own.findIndex((each) => each.role === role) !== at);
    const foreign = own.filter(({ role, runId }) => role !== "bare" && runId !== mains[0]?.runId);
    return [
      ...(mains.length === 1 ? [] : [`${mains.length} copies of ${unit}`]),
      ...twice.map(({ role }) => `${role} of ${unit} twice`),
      ...foreign.map(({ role }) => `${role} of ${unit} of another run`),
    ];
  });
  return [...stray, ...wrong];
}

function processes(): readonly { readonly pid: number; readonly words: readonly string[] }[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), words: read(`/proc/${name}/cmdline`).split("\0") }));
}

// A process may end between the listing and the reading.
function read(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}
