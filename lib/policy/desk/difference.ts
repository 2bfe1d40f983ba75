import type { DeclaredUnit } from "../../domain/desk/unit-care.ts";

/** What another reading of launch.yaml changes. */
export interface UnitDifference {
  readonly added: readonly DeclaredUnit[];
  readonly removed: readonly DeclaredUnit[];
  /** As they are to be, with the settings that differ as launch.yaml names them roughly. */
  readonly changed: readonly { readonly declared: DeclaredUnit; readonly what: readonly string[] }[];
  readonly same: number;
}

/** Compares what runs with what is declared now, unit by unit. */
export function unitDifference(
  before: readonly DeclaredUnit[],
  after: readonly DeclaredUnit[],
): UnitDifference {
  const old = new Map(before.map((declared) => [keyOf(declared), declared]));
  const kept = new Set(after.map(keyOf));
  const changed = after.flatMap((declared) => {
    const former = old.get(keyOf(declared));
    const what = former === undefined ? [] : differing(former, declared);
    return what.length === 0 ? [] : [{ declared, what }];
  });
  const added = after.filter((declared) => !old.has(keyOf(declared)));
  return {
    added,
    removed: before.filter((declared) => !kept.has(keyOf(declared))),
    changed,
    same: after.length - added.length - changed.length,
  };
}

/** A unit among those of one launch.yaml. */
export function keyOf({ unit }: DeclaredUnit): string {
  return `${unit.kind} ${unit.name}`;
}

// Values may be secrets (env): only the names of what differs are told.
function differing(before: DeclaredUnit, after: DeclaredUnit): readonly string[] {
  const [left, right] = [before, after].map(
    ({ unit, care }): Record<string, unknown> => ({ ...unit, ...care }),
  );
  if (left === undefined || right === undefined) return [];
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...names]
    .filter((name) => JSON.stringify(left[name]) !== JSON.stringify(right[name]))
    .map(snakeCase);
}

function snakeCase(name: string): string {
  return name.replace(/(Ms|Bytes)$/, "").replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
