import { exitKeyOf, type IpAddress } from "../../../lib/domain/ip.ts";

/** Replaces the items that match, in their places; the others stay the same objects. */
export function replaceWhere<T>(items: T[], matches: (item: T) => boolean, change: (item: T) => T): T[] {
  for (const [index, item] of items.entries()) if (matches(item)) items[index] = change(item);
  return items;
}

/** The places of items by their key, as far as they have been read. */
interface Index {
  upTo: number;
  readonly of: Map<string, number[]>;
}

const places = new WeakMap<readonly unknown[], Map<string, Index>>();

/**
 * The items with that key, without a look at all others: ten thousand accounts are asked for again and again. Items may be replaced
 * and added where they are, and what takes some away makes another table.
 */
export function itemsAt<T>(items: readonly T[], name: string, keyOf: (item: T) => string, key: string): T[] {
  return placesOf(items, name, keyOf, key).map((place) => items[place] as T);
}

/** The first of them. */
export function itemAt<T>(
  items: readonly T[],
  name: string,
  keyOf: (item: T) => string,
  key: string,
): T | undefined {
  const [place] = placesOf(items, name, keyOf, key);
  return place === undefined ? undefined : items[place];
}

/** Replaces those with that key, which stays what it was. */
export function replaceAt<T>(
  items: T[],
  [name, keyOf, key]: readonly [name: string, keyOf: (item: T) => string, key: string],
  change: (item: T) => T,
): void {
  for (const place of placesOf(items, name, keyOf, key)) items[place] = change(items[place] as T);
}

function placesOf<T>(
  items: readonly T[],
  name: string,
  keyOf: (item: T) => string,
  key: string,
): readonly number[] {
  const index = indexOf(items, name);
  for (; index.upTo < items.length; index.upTo += 1) {
    const text = keyOf(items[index.upTo] as T);
    const there = index.of.get(text);
    if (there === undefined) index.of.set(text, [index.upTo]);
    else there.push(index.upTo);
  }
  return index.of.get(key) ?? none;
}

const none: readonly number[] = [];

function indexOf(items: readonly unknown[], name: string): Index {
  const known = places.get(items) ?? new Map<string, Index>();
  if (known.size === 0) places.set(items, known);
  const index = known.get(name) ?? { upTo: 0, of: new Map<string, number[]>() };
  if (!known.has(name)) known.set(name, index);
  return index;
}

/** The items that are left, in a table of their own only when some are gone: the keys of a new one are read anew. */
export function without<T>(items: T[], isGone: (item: T) => boolean): T[] {
  return items.some(isGone) ? items.filter((item) => !isGone(item)) : items;
}

/** Orders by a text the way the database's "C" collation does. */
export function byText<T>(textOf: (item: T) => string): (left: T, right: T) => number {
  return (left, right) => (textOf(left) < textOf(right) ? -1 : textOf(left) > textOf(right) ? 1 : 0);
}

const exitKeys = new Map<IpAddress, string>();

/** The same as `exitKeyOf`, for rows that are looked at again and again. */
export function keyOfExit(ip: IpAddress): string {
  const known = exitKeys.get(ip);
  if (known !== undefined) return known;
  const key = exitKeyOf(ip);
  exitKeys.set(ip, key);
  return key;
}
