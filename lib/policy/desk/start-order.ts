import type { UnitRef } from "../../domain/run/unit-key.ts";
import { fullWord, readUnitWord, wordsApart } from "../../domain/text/unit-word.ts";

/** As much of a unit as its turn depends on. */
interface Ordered {
  readonly unit: Pick<UnitRef, "kind" | "name">;
  /** Words for the units that come first: a name, or `bot:NAME` and `collector:NAME`. */
  readonly care: { readonly after: readonly string[] };
}

/** What keeps a unit from starting now: the units it waits for that are not ready, by the words of its file. */
export function waitsFor(
  { care }: Pick<Ordered, "care">,
  isReady: (word: string) => boolean,
): readonly string[] {
  return care.after.filter((word) => !isReady(word));
}

/** All that these units wait for, directly or through another one, each as `bot:NAME` or `collector:NAME`. */
export function waitedFor(units: readonly Ordered[], all: readonly Ordered[]): readonly string[] {
  const meantBy = meanings(all);
  const found = new Set<string>();
  const open = units.flatMap(({ care }) => care.after.flatMap(meantBy));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const word = fullWord(next.unit);
    if (found.has(word)) continue;
    found.add(word);
    open.push(...next.care.after.flatMap(meantBy));
  }
  return [...found];
}

/** What is wrong with the order: a word that means no unit or two, or units that wait for one another; undefined when nothing is. */
export function orderProblem(units: readonly Ordered[]): string | undefined {
  const meantBy = meanings(units);
  const wordOf = wordsApart(units.map(({ unit }) => unit));
  for (const { unit, care } of units)
    for (const word of care.after) {
      const problem = wordProblem(word, meantBy(word).length);
      if (problem !== undefined) return `${wordOf(unit)} is to start after ${word}, ${problem}`;
    }
  const after = new Map(
    units.map(({ unit, care }) => [
      wordOf(unit),
      care.after.flatMap(meantBy).map((each) => wordOf(each.unit)),
    ]),
  );
  for (const word of after.keys()) {
    const ring = ringFrom(word, after);
    if (ring !== undefined) return `${ring.join(" waits for ")}: none of them could ever start`;
  }
  return undefined;
}

function meanings(units: readonly Ordered[]): (word: string) => readonly Ordered[] {
  const byWord = new Map<string, readonly Ordered[]>();
  for (const each of units)
    for (const word of [each.unit.name, fullWord(each.unit)])
      byWord.set(word, [...(byWord.get(word) ?? []), each]);
  return (word) => byWord.get(word) ?? [];
}

function wordProblem(word: string, count: number): string | undefined {
  const { kind = "unit", name } = readUnitWord(word);
  if (count === 0) return `and no ${kind} has this name`;
  return count === 1
    ? undefined
    : `which is a bot's and a collector's name: write bot:${name} or collector:${name}`;
}

function ringFrom(
  start: string,
  after: ReadonlyMap<string, readonly string[]>,
): readonly string[] | undefined {
  const seen = new Set<string>();
  const paths: (readonly string[])[] = [[start]];
  for (let path = paths.pop(); path !== undefined; path = paths.pop()) {
    for (const next of after.get(path.at(-1) ?? "") ?? []) {
      if (next === start) return [...path, start];
      if (!seen.has(next)) paths.push([...path, next]);
      seen.add(next);
    }
  }
  return undefined;
}
