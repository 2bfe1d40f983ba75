/** As much of a unit as its turn depends on. */
interface Ordered {
  readonly unit: { readonly name: string };
  readonly care: { readonly after: readonly string[] };
}

/** What keeps a unit from starting now: the units it waits for that are not ready. */
export function waitsFor(
  { care }: Pick<Ordered, "care">,
  isReady: (name: string) => boolean,
): readonly string[] {
  return care.after.filter((name) => !isReady(name));
}

/** All that these units wait for, directly or through another one, by name. */
export function waitedFor(units: readonly Ordered[], all: readonly Ordered[]): readonly string[] {
  const found = new Set<string>();
  const open = units.flatMap(({ care }) => care.after);
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    open.push(...all.filter(({ unit }) => unit.name === name).flatMap(({ care }) => care.after));
  }
  return [...found];
}

/** What is wrong with the order: a name that is no unit, or units that wait for one another; undefined when nothing is. */
export function orderProblem(units: readonly Ordered[]): string | undefined {
  const after = new Map(units.map(({ unit, care }) => [unit.name, care.after]));
  for (const [name, names] of after) {
    const stray = names.find((other) => !after.has(other));
    if (stray !== undefined) return `${name} is to start after ${stray}, and no unit has this name`;
  }
  for (const name of after.keys()) {
    const ring = ringFrom(name, after);
    if (ring !== undefined) return `${ring.join(" waits for ")}: none of them could ever start`;
  }
  return undefined;
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
