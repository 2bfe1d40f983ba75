import { UsageError } from "../../errors.ts";
import type { UnitRef } from "../run/unit-key.ts";

/** A word by which people name a unit: `alice`, or `bot:alice` and `collector:alice` where a bot and a collector have that name. */
export interface UnitWord {
  /** Undefined where the word leaves it open. */
  readonly kind: "bot" | "collector" | undefined;
  readonly name: string;
}

/** Takes a unit's word apart; no name has a colon. */
export function readUnitWord(word: string): UnitWord {
  const [, kind, name = word] = /^(bot|collector):(.+)$/.exec(word) ?? [];
  return { kind: kind as UnitWord["kind"], name };
}

/** A word means an account and a collector, and only one of them can be meant. */
export function sharedName(name: string): UsageError {
  return new UsageError("LAUNCH_USAGE", `"${name}" is the name of an account and of a collector.`, {
    hint: `Say which one: \`bot:${name}\` or \`collector:${name}\`.`,
  });
}

type Named = Pick<UnitRef, "kind" | "name">;

/** The word that means this unit alone, whatever else has its name. */
export function fullWord({ kind, name }: Named): string {
  return `${kind}:${name}`;
}

/** What each of these units is called among them: by its name, with its kind where a bot and a collector share it, as a command takes it. */
export function wordsApart(units: readonly Named[]): (unit: Named) => string {
  const namesOf = (kind: Named["kind"]) =>
    new Set(units.flatMap((unit) => (unit.kind === kind ? [unit.name] : [])));
  const collectors = namesOf("collector");
  // A fleet may have many bots: they are looked through only where there is a collector.
  const bots = collectors.size === 0 ? collectors : namesOf("bot");
  return ({ kind, name }) => (collectors.has(name) && bots.has(name) ? fullWord({ kind, name }) : name);
}
