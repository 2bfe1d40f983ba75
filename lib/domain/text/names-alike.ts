/** A new name, and one that it differs from only in case. */
export interface Alike {
  readonly name: string;
  readonly other: string;
}

/** Finds the new names that differ from one that is there, or from a new one before them, only in case. */
export function namesAlike(added: readonly string[], present: readonly string[]): readonly Alike[] {
  const known = new Map<string, string>();
  for (const name of present) known.set(name.toLowerCase(), name);
  const isPresent = new Set(present);
  const found: Alike[] = [];
  for (const name of new Set(added)) {
    if (isPresent.has(name)) continue;
    const other = known.get(name.toLowerCase());
    if (other === undefined) known.set(name.toLowerCase(), name);
    else found.push({ name, other });
  }
  return found;
}

const mostNamed = 3;

/** Says it in one sentence, with what to do where it was not meant; undefined where there are none. */
export function alikeWords(
  alike: readonly Alike[],
  what: "account" | "proxy",
  repair: (name: string) => string,
): string | undefined {
  const [first, ...others] = alike;
  if (first === undefined) return undefined;
  const { name, other } = first;
  if (others.length === 0) {
    const titled = what === "account" ? "Account" : "Proxy";
    return `${titled} ${name} is not ${other}: they differ only in case; if you meant ${other}, ${repair(name)}.`;
  }
  const pairs = alike.slice(0, mostNamed).map((each) => `${each.name} from ${each.other}`);
  const last = pairs.pop();
  const named =
    alike.length > mostNamed ? `${pairs.join(", ")}, ${last} …` : `${pairs.join(", ")} and ${last}`;
  const all = what === "account" ? "accounts" : "proxies";
  return `${alike.length} ${all} differ from others only in case, as ${named}; if you did not mean that, ${repair(name)}.`;
}
