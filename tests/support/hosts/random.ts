/** Chance that comes out the same for the same seed (mulberry32). */
export interface Chance {
  /** In [0, 1). */
  random01(): number;
  /** A whole number of this range, both ends included. */
  between(least: number, most: number): number;
  pick<T>(items: readonly T[]): T;
}

/** Begins a series. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  const random01 = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const between = (least: number, most: number): number =>
    least + Math.floor(random01() * (most - least + 1));
  return {
    random01,
    between,
    pick: (items) => {
      const item = items[between(0, items.length - 1)];
      if (item === undefined) throw new Error("There is nothing to pick from.");
      return item;
    },
  };
}
