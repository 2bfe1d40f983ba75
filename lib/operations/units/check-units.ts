import type { UnitSnapshot } from "../../domain/run/unit-snapshot.ts";
import { fitsPattern } from "../../domain/text/name-pattern.ts";
import { readUnitWord } from "../../domain/text/unit-word.ts";
import { readinessOf } from "../../policy/life/readiness.ts";
import type { Operator } from "../operator.ts";
import { judgeRun, possiblyLive } from "../runs/judge-run.ts";
import { askLauncher, type Reach } from "./ask-launcher.ts";
import { findUnits, type UnitWords } from "./find-units.ts";

/** Whether a bot or collector of this host lives and is ready. */
export interface CheckedUnit {
  readonly name: string;
  readonly kind: "bot" | "collector" | undefined;
  /** Its launcher answers. */
  readonly isLive: boolean;
  readonly isReady: boolean;
  readonly text: string;
}

/**
 * Asks every launcher of this state folder, and no database: what runs must not be taken for dead while that is away. All are
 * asked at once and have two seconds. A name or pattern that no launcher has is told as one that does not live.
 */
export async function checkUnits(
  { dialer, near }: Pick<Reach, "dialer" | "near">,
  { names, isAll }: { readonly names: readonly string[]; readonly isAll: boolean },
): Promise<readonly CheckedUnit[]> {
  const paths = await near();
  const heard = await Promise.all(paths.map((path) => dialer.snapshot(path)));
  const units = heard
    .flatMap((each) => (each.kind === "answered" ? each.value : []))
    .toSorted((a, b) => (`${a.name} ${a.kind}` < `${b.name} ${b.kind}` ? -1 : 1));
  const mute: Mute = {
    silent: paths.filter((_, index) => heard[index]?.kind === "silent"),
    refused: heard.flatMap((each) => (each.kind === "refused" ? [each.why] : [])),
  };
  if (isAll) return units.map(checked);
  return names.flatMap((word) => {
    const found = units.filter((unit) => isNamed(unit, word));
    return found.length > 0 ? found.map(checked) : [missing(word, mute)];
  });
}

/**
 * Asks also the launchers that this state folder does not know, through the database: each proves the exit of its bot again and
 * says where it stands. Gives back what was found `here` and after it what runs elsewhere. Rejects with UsageError LAUNCH_UNKNOWN_UNIT.
 */
export async function checkEverywhere(
  operator: Operator,
  reach: Reach,
  here: readonly CheckedUnit[],
  { declared, ...words }: UnitWords & { readonly declared: readonly string[] },
): Promise<readonly CheckedUnit[]> {
  const known = here.filter(({ kind }) => kind !== undefined);
  const units = await findUnits(operator.store, words, declared);
  const live = await possiblyLive(operator.store, reach.processes);
  const asked = units.flatMap((unit) => {
    if (known.some(({ kind, name }) => kind === unit.kind && name === unit.name)) return [];
    const run = live.find(({ run: { unit: own } }) => own.kind === unit.kind && own.name === unit.name);
    return run === undefined ? [] : [{ unit, run }];
  });
  const elsewhere = await Promise.all(
    asked.map(async ({ unit: { kind, name }, unit, run }) => {
      const { outcome, text } = await askLauncher(operator, reach, unit, {
        run,
        verb: "check",
        isAwaited: true,
      });
      const isReady = outcome === "done";
      const isLive = isReady || judgeRun(run, reach.processes) === "live";
      const words = `${isReady ? "ready" : "not ready"} on ${run.run.launcher.host}: ${text}`;
      return { kind, name, isLive, isReady, text: words };
    }),
  );
  const found = [...known, ...elsewhere];
  const isMissing = ({ kind, name }: CheckedUnit) =>
    kind === undefined && !elsewhere.some((each) => isNamed(each, name));
  return [...found, ...here.filter(isMissing)];
}

function isNamed({ kind, name }: Pick<UnitSnapshot, "kind" | "name">, word: string): boolean {
  const { kind: named, name: bare } = readUnitWord(word);
  return (named === undefined || named === kind) && fitsPattern(name, bare);
}

function checked(unit: UnitSnapshot): CheckedUnit {
  const { kind, name } = unit;
  return { kind, name, isLive: true, ...readinessOf(unit) };
}

/** The launchers that told nothing of what they have. */
interface Mute {
  readonly silent: readonly string[];
  /** Why each of them was not asked. */
  readonly refused: readonly string[];
}

function missing(name: string, { silent, refused }: Mute): CheckedUnit {
  const pids = silent.map((path) => /(\d+)-[^/]*$/.exec(path)?.[1] ?? "unknown");
  const late = silent.length === 0 ? [] : [`pid ${pids.join(", ")} did not answer within 2 s`];
  const others = [...late, ...refused.map((why) => `one was not asked, ${why}`)];
  const text =
    others.length === 0
      ? "no launcher of this state folder has it"
      : `no launcher that answers has it; ${others.join("; ")}`;
  return { name, kind: undefined, isLive: false, isReady: false, text };
}
