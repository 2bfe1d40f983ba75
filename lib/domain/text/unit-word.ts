import { UsageError } from "../../errors.ts";

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
