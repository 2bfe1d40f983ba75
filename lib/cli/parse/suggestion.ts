import { nearestName } from "../../domain/nearest-name.ts";
import { habits, habitsWithin } from "./habits.ts";

/** The whole paths that mistyped words most likely mean, the likeliest first; only of commands that there are, and only from the place where each word stands. */
export function suggestCommands(typed: readonly string[], paths: readonly string[]): readonly string[] {
  const [first = "", second] = typed.map((word) => word.toLowerCase());
  const known = new Set(paths);
  const groups = groupsOf(paths);
  const within = groups.get(first);
  if (within !== undefined)
    return second === undefined ? [] : withGroup(first, suggestWithin(second, within));
  const reversed = second === undefined ? undefined : reversedOf(first, second, groups);
  if (reversed !== undefined) return [reversed];
  const usual = (habits[first] ?? []).filter((path) => known.has(path));
  if (usual.length > 0) return usual;
  const near = nearestName(first, [...paths.map((path) => path.split(" ", 1).join()), "help"]);
  if (near === undefined) return [];
  const group = groups.get(near);
  if (group === undefined) return [near];
  const exact = second === undefined ? [] : group.filter((name) => name === second);
  const meant = exact.length > 0 || second === undefined ? exact : suggestWithin(second, group);
  return meant.length > 0 ? withGroup(near, meant) : [near];
}

/** The same as the end of a sentence, with commands as they are typed; empty when nothing is near. */
export function didYouMeanCommands(paths: readonly string[]): string {
  return paths.length === 0 ? "" : ` Did you mean ${paths.map((path) => `\`launch ${path}\``).join(" or ")}?`;
}

function groupsOf(paths: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const path of paths) {
    const [first = "", second] = path.split(" ");
    if (second !== undefined) groups.set(first, [...(groups.get(first) ?? []), second]);
  }
  return groups;
}

function suggestWithin(word: string, names: readonly string[]): readonly string[] {
  const usual = (habitsWithin[word] ?? []).find((name) => names.includes(name));
  const near = usual ?? nearestName(word, names);
  return near === undefined ? [] : [near];
}

// kubectl and pm2 put the verb first: `add account alice`, `list proxies`.
function reversedOf(
  verb: string,
  noun: string,
  groups: ReadonlyMap<string, readonly string[]>,
): string | undefined {
  const group = [noun, noun.replace(/s$/, ""), noun.replace(/ies$/, "y")].find((name) => groups.has(name));
  const names = groups.get(group ?? "");
  if (group === undefined || names === undefined) return undefined;
  const [meant] = names.includes(verb)
    ? [verb]
    : (habitsWithin[verb] ?? []).filter((name) => names.includes(name));
  return meant === undefined ? undefined : `${group} ${meant}`;
}

function withGroup(group: string, names: readonly string[]): readonly string[] {
  return names.map((name) => `${group} ${name}`);
}
