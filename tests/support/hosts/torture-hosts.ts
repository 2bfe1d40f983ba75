import { eventually } from "../eventually.ts";
import { type BreakName, breakDatabase, brokenProgram } from "./broken.ts";
import { botLine, type FleetStage, loginOf } from "./fleet-stage.ts";
import { judgeVenue, type VenueVerdict } from "./judge-venue.ts";
import { chanceOf } from "./random.ts";
import { noteStaleWrites, staleWrites } from "./stale-writes.ts";
import { accounts, collectors, collectorWords, openRig, tortured } from "./torture-rig.ts";

/*
 * Six launchers on three hosts want the same three accounts and seventeen collectors: on each host one that keeps all twenty, and
 * one for a single bot that a program of the host starts again whenever it ends. Two exits are every account's first choice, and
 * each has one more of its own. The seed says what befalls whom and when. The venue's log is the judge.
 */

export interface TortureOptions {
  readonly seed: number;
  readonly durationMs: number;
  readonly broken?: BreakName;
  /** Called with each thing that befalls somebody. */
  readonly tell?: (what: string) => void;
}

export interface TortureReport extends VenueVerdict {
  readonly stale: readonly string[];
  /** What befell, by kind. */
  readonly counts: Readonly<Record<string, number>>;
  readonly logins: number;
  readonly runs: number;
  /** How long after the last trouble every unit ran exactly once; undefined where the run was ended by a finding. */
  readonly quietAfterMs: number | undefined;
  /** What is not as it must be once all is quiet. */
  readonly left: readonly string[];
}

/** Prepares the stage once for any number of tortures. */
export async function prepareTorture(stage: FleetStage): Promise<void> {
  for (const [account, labels] of Object.entries(tortured)) await stage.addAccount(account, labels);
  const units = collectors.map((name) => `  ${name}: { command: ${JSON.stringify(collectorWords(name))} }`);
  stage.writeYaml(
    [
      "defaults: { stop: { grace: 2s } }",
      "bots:",
      ...accounts.map((name) => botLine(name)),
      "collectors:",
      ...units,
    ].join("\n"),
  );
  await noteStaleWrites(stage);
}

/** Runs it; a broken program is let go as soon as the venue has noticed. */
export async function tortureHosts(stage: FleetStage, options: TortureOptions): Promise<TortureReport> {
  const { seed, durationMs, broken, tell = () => {} } = options;
  await breakDatabase(stage, broken);
  await stage.rows("truncate public.stale");
  const bin = await brokenProgram(stage.lab.folder, broken);
  const rig = openRig(stage, { chance: chanceOf(seed), bin, tell });
  const from = stage.venue.entries.length;
  const seen = () => stage.venue.entries.slice(from);
  const found = () => {
    const { doubleLogins, sharedExits } = judgeVenue(seen());
    return doubleLogins.length + sharedExits.length > 0;
  };
  let quietAfterMs: number | undefined;
  let left: readonly string[] = [];
  try {
    rig.startAll();
    const endAt = performance.now() + durationMs;
    while (performance.now() < endAt && !(broken !== undefined && found())) await rig.torment();
    await rig.calm();
    if (broken === undefined) {
      const calmAt = performance.now();
      tell("all trouble is over");
      let toldAt = calmAt;
      left = await eventually(
        () => {
          const problems = rig.problems();
          const isLong = performance.now() - toldAt > 20_000;
          // Whoever waits for it sees what it waits for.
          if (problems.length > 0 && isLong) for (const each of [...problems, ...rig.lastWords()]) tell(each);
          if (isLong) toldAt = performance.now();
          return problems;
        },
        (problems) => problems.length === 0,
        150_000,
        500,
      ).catch(() => rig.problems());
      quietAfterMs = performance.now() - calmAt;
      if (left.length > 0) left = [...left, ...rig.lastWords()];
    }
  } finally {
    await rig.stop();
  }
  const entries = seen();
  return {
    ...judgeVenue(entries),
    stale: await staleWrites(stage),
    counts: rig.counts,
    logins: entries.length,
    runs: new Set(entries.map((entry) => loginOf(entry).run)).size,
    quietAfterMs,
    left,
  };
}
