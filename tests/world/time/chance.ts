/** Everything that is left to chance in one world: the same for the same seed. */
export interface Chance {
  /** In [0, 1). */
  readonly random01: () => number;
  readonly uuid: () => string;
  /** A whole number from `least` up to `most`. */
  readonly between: (least: number, most: number) => number;
  readonly pick: <T>(all: readonly T[]) => T;
  readonly isOneIn: (times: number) => boolean;
  /** A source of its own: what it is asked does not move the others. */
  readonly apart: (name: string) => Chance;
}

/** Chance that repeats itself. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  const next32 = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const random01 = (): number => next32() / 4_294_967_296;
  const hex = (): string => next32().toString(16).padStart(8, "0");
  return {
    random01,
    uuid() {
      const [a, b, c, d] = [hex(), hex(), hex(), hex()];
      return `${a}-${b.slice(0, 4)}-4${b.slice(5)}-8${c.slice(1, 4)}-${c.slice(4)}${d}`;
    },
    between: (least, most) => least + Math.floor(random01() * (most - least + 1)),
    pick<T>(all: readonly T[]): T {
      const one = all[Math.floor(random01() * all.length)];
      if (one === undefined) throw new Error("nothing to pick from");
      return one;
    },
    isOneIn: (times) => random01() * times < 1,
    apart(name) {
      let hash = seed ^ 0x9e3779b9;
      for (let index = 0; index < name.length; index++)
        hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
      return chanceOf(hash);
    },
  };
}
