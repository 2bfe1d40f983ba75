import type { RequestAnswer } from "../../domain/run/unit-wish.ts";
import type { Operated, OperatedVerb } from "../units/operate-units.ts";
import type { Rotation } from "../units/rotate-account.ts";

/** The answer of `launch rotate --json`: what became of each account's wish. */
export function rotationsView(rotations: readonly Rotation[]) {
  return {
    version: 1,
    rotations: rotations.map(({ accountName, outcome, text, tookMs }) => ({
      account: accountName,
      outcome,
      text,
      took_ms: tookMs ?? null,
    })),
  };
}

/** The answer of `launch report --json`: what its launcher made of it. */
export function reportView(accountName: string, { isDone, text }: RequestAnswer) {
  return { version: 1, account: accountName, done: isDone, text };
}

/** The answer of `launch stop --json`, `launch start --json` and `launch restart --json`: what became of the verb for each unit. */
export function operatedView(verb: OperatedVerb, operated: readonly Operated[]) {
  return {
    version: 1,
    verb,
    units: operated.map(({ unit, outcome, text, tookMs }) => ({
      unit: unit.name,
      kind: unit.kind,
      outcome,
      text,
      took_ms: tookMs,
    })),
  };
}
