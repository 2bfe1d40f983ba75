import { didYouMean } from "../../domain/nearest-name.ts";
import { fitsPattern, isNamePattern } from "../../domain/text/name-pattern.ts";
import { readUnitWord, sharedName } from "../../domain/text/unit-word.ts";
import { UsageError } from "../../errors.ts";
import type { Store } from "../../ports/store/store.ts";
import { addAccountHint, botOf, collectorOf, type KnownUnit } from "../find-by-name.ts";

/** The units that a command line names: by name, by pattern, or all of them. */
export interface UnitWords {
  readonly names: readonly string[];
  readonly isAll: boolean;
  /** What a name means that a bot and a collector share, where the command makes sense for one kind only; otherwise it is refused. */
  readonly preferred?: KnownUnit["kind"];
}

/**
 * Finds the bots and collectors that are meant, each once, in the order in which they were named. `declared` are the collectors
 * of launch.yaml. Rejects with UsageError where a name or pattern means none, or a name means two.
 */
export async function findUnits(
  store: Store,
  { names, isAll, preferred }: UnitWords,
  declared: readonly string[],
): Promise<readonly KnownUnit[]> {
  if (isAll === names.length > 0) throw isAll ? bothGiven() : nothingGiven();
  const known = [...(await accountsOf(store, names, isAll)), ...(await collectorsOf(store, declared))];
  if (isAll) return known;
  const found = names.flatMap((word) => unitsNamed(word, known, preferred));
  return [...new Map(found.map((unit) => [unit.unitKey, unit])).values()];
}

// Names without a pattern are looked up one by one: a fleet may have many accounts.
async function accountsOf(
  store: Store,
  names: readonly string[],
  isAll: boolean,
): Promise<readonly KnownUnit[]> {
  // One that is named twice is one account.
  const bare = [...new Set(names.map((name) => name.replace(/^bot:/, "")))];
  const needsAll = isAll || bare.some(isNamePattern);
  const found = needsAll
    ? await store.accounts.list()
    : await Promise.all(bare.map((name) => store.accounts.find(name)));
  const accounts = found.filter((account) => account !== undefined);
  const isWhole = needsAll || accounts.length === bare.length;
  const all = isWhole ? accounts : await store.accounts.list();
  return all.map(botOf);
}

async function collectorsOf(store: Store, declared: readonly string[]): Promise<readonly KnownUnit[]> {
  const [live, ended] = await Promise.all([store.runs.live(), store.runs.lastEnded()]);
  const units = [...live.map(({ run }) => run.unit), ...ended.map(({ unit }) => unit)];
  const ran = units.flatMap(({ kind, name }) => (kind === "collector" ? [name] : []));
  return [...new Set([...declared, ...ran])].toSorted().map(collectorOf);
}

function unitsNamed(
  word: string,
  known: readonly KnownUnit[],
  preferred: UnitWords["preferred"],
): readonly KnownUnit[] {
  const { kind, name: bare } = readUnitWord(word);
  const ofKind = known.filter((unit) => kind === undefined || unit.kind === kind);
  const found = ofKind.filter(({ name }) => fitsPattern(name, bare));
  if (isNamePattern(bare)) {
    if (found.length > 0) return found;
    throw new UsageError("LAUNCH_UNKNOWN_UNIT", `No account and no collector is named like "${word}".`, {
      hint: "`launch account ls` lists the accounts, `launch ps --all` the collectors that have run.",
    });
  }
  const meant = found.filter((unit) => unit.kind === preferred);
  if (found.length > 1 && meant.length === 1) return meant;
  if (found.length > 1) throw sharedName(bare);
  if (found.length === 0) throw unknownUnit(bare, ofKind);
  return found;
}

function unknownUnit(name: string, known: readonly KnownUnit[]): UsageError {
  const names = known.map((unit) => unit.name);
  return new UsageError("LAUNCH_UNKNOWN_UNIT", `No account and no collector is named "${name}".`, {
    hint: didYouMean(name, names).trim() || addAccountHint(name),
  });
}

function nothingGiven(): UsageError {
  return new UsageError("LAUNCH_USAGE", "No account and no collector was named.", {
    hint: "Name them (`alice bob`, `'fut-*'`), or give --all.",
  });
}

function bothGiven(): UsageError {
  return new UsageError("LAUNCH_USAGE", "Names were given together with --all.", {
    hint: "Give the names or --all, not both.",
  });
}
