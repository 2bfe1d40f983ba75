/**
 * What launch.yaml may hold, said once for two readers: `read` takes a value that fits and tells nothing of one that does not, and costs a
 * start next to nothing; `toZod` makes the schema that words every mistake and gives the JSON Schema, and loads zod. Both take the
 * same values (tests/unit/config/load/plain-{yaml,file}.test.ts).
 */
import type { z } from "zod";

type Zod = typeof z;

/** What `read` gives back for a value that does not fit. */
export const refused = Symbol("refused");

/** Where `superRefine` tells what is wrong. */
export interface Context {
  addIssue(issue: { readonly code: "custom"; readonly message: string; readonly path?: PropertyKey[] }): void;
}

type Wording = string | { readonly abort?: boolean; readonly error: string } | { readonly message: string };

/** The values of one place of the file. */
export class Shape<T, Missing extends boolean = boolean> {
  /** Only for types: whether the key may be left out. */
  declare readonly mayMiss: Missing;
  readonly read: (value: unknown) => T | typeof refused;
  readonly toZod: (z: Zod) => z.ZodType;

  constructor(read: (value: unknown) => T | typeof refused, toZod: (z: Zod) => z.ZodType) {
    this.read = read;
    this.toZod = toZod;
  }

  optional(): Shape<T | undefined, true> {
    return new Shape<T | undefined, true>(
      (value) => (value === undefined ? undefined : this.read(value)),
      (zod) => this.toZod(zod).optional(),
    );
  }

  describe(text: string): Shape<T, Missing> {
    return new Shape<T, Missing>(this.read, (zod) => this.toZod(zod).describe(text));
  }

  refine(holds: (value: T) => boolean, wording: Wording): Shape<T, Missing> {
    return new Shape<T, Missing>(
      (value) => only(this.read(value), holds),
      (zod) => this.toZod(zod).refine(holds as (value: unknown) => boolean, wording),
    );
  }

  superRefine(look: (value: T, context: Context) => void): Shape<T, Missing> {
    return new Shape<T, Missing>(
      (value) => only(this.read(value), (read) => isFaultless(read, look)),
      (zod) => this.toZod(zod).superRefine(look as (value: unknown, context: Context) => void),
    );
  }
}

class Text extends Shape<string, false> {
  min(least: number): Text {
    return this.#also(
      ({ length }) => length >= least,
      (zod) => zod.min(least),
    );
  }

  max(most: number): Text {
    return this.#also(
      ({ length }) => length <= most,
      (zod) => zod.max(most),
    );
  }

  regex(pattern: RegExp, how?: { readonly abort: boolean }): Text {
    return this.#also(
      (text) => pattern.test(text),
      (zod) => zod.regex(pattern, how),
    );
  }

  #also(holds: (text: string) => boolean, add: (zod: z.ZodString) => z.ZodString): Text {
    return new Text(
      (value) => only(this.read(value), holds),
      (zod) => add(this.toZod(zod) as z.ZodString),
    );
  }
}

class Count extends Shape<number, false> {
  min(least: number): Count {
    return this.#also(
      (count) => count >= least,
      (zod) => zod.min(least),
    );
  }

  max(most: number): Count {
    return this.#also(
      (count) => count <= most,
      (zod) => zod.max(most),
    );
  }

  #also(holds: (count: number) => boolean, add: (zod: z.ZodNumber) => z.ZodNumber): Count {
    return new Count(
      (value) => only(this.read(value), holds),
      (zod) => add(this.toZod(zod) as z.ZodNumber),
    );
  }
}

class List<T> extends Shape<T[], false> {
  min(least: number): List<T> {
    return new List(
      (value) => only(this.read(value), ({ length }) => length >= least),
      (zod) => (this.toZod(zod) as z.ZodArray).min(least),
    );
  }
}

/** The keys of a map, each with what it may hold. */
export type Fields = Readonly<Record<string, Shape<unknown>>>;

type Value<S> = S extends Shape<infer T> ? T : never;
type Kept<F, Missing extends boolean> = {
  [K in keyof F as F[K] extends Shape<unknown, infer M> ? (M extends Missing ? K : never) : never]: F[K];
};
type MapOf<F> = { -readonly [K in keyof Kept<F, false>]: Value<F[K & keyof F]> } & {
  -readonly [K in keyof Kept<F, true>]?: Value<F[K & keyof F]>;
} extends infer Both
  ? { [K in keyof Both]: Both[K] }
  : never;

/** The value that a shape reads. */
export type Read<S extends Shape<unknown>> = Exclude<ReturnType<S["read"]>, typeof refused>;

export const string = (): Text =>
  new Text(
    (value) => (typeof value === "string" ? value : refused),
    (zod) => zod.string(),
  );

export const number = (): Count =>
  new Count(
    (value) => (Number.isFinite(value) ? (value as number) : refused),
    (zod) => zod.number(),
  );

export const int = (): Count =>
  new Count(
    (value) => (Number.isSafeInteger(value) ? (value as number) : refused),
    (zod) => zod.int(),
  );

export const boolean = (): Shape<boolean, false> =>
  new Shape<boolean, false>(
    (value) => (typeof value === "boolean" ? value : refused),
    (zod) => zod.boolean(),
  );

export const unknown = (): Shape<unknown, false> =>
  new Shape<unknown, false>(
    (value) => value,
    (zod) => zod.unknown(),
  );

export const literal = <const T extends string | number>(only: T): Shape<T, false> =>
  new Shape<T, false>(
    (value) => (value === only ? only : refused),
    (zod) => zod.literal(only),
  );

export const oneOf = <const T extends string>(words: readonly T[]): Shape<T, false> =>
  new Shape<T, false>(
    (value) => (words.includes(value as T) ? (value as T) : refused),
    (zod) => zod.enum(words),
  );

export const list = <T>(of: Shape<T>): List<T> =>
  new List(
    (value) => readList(value, of),
    (zod) => zod.array(of.toZod(zod)),
  );

export const union = <const S extends readonly Shape<unknown>[]>(ways: S): Shape<Value<S[number]>, false> =>
  new Shape<Value<S[number]>, false>(
    (value) => firstRead(value, ways) as Value<S[number]> | typeof refused,
    (zod) => zod.union(ways.map((way) => way.toZod(zod))),
  );

export const record = <T>(keys: Shape<string>, of: Shape<T>): Shape<Record<string, T>, false> =>
  new Shape<Record<string, T>, false>(
    (value) => readRecord(value, keys, of),
    (zod) => zod.record(keys.toZod(zod) as z.ZodString, of.toZod(zod)),
  );

export const map = <F extends Fields>(fields: F): Shape<MapOf<F>, false> =>
  new Shape<MapOf<F>, false>(
    (value) => readMap(value, fields) as MapOf<F> | typeof refused,
    (zod) =>
      zod.strictObject(
        Object.fromEntries(Object.entries(fields).map(([key, shape]) => [key, shape.toZod(zod)])),
      ),
  );

/** Made only when a file holds something there. */
export const lazy = <T, Missing extends boolean>(make: () => Shape<T, Missing>): Shape<T, Missing> =>
  new Shape<T, Missing>(
    (value) => make().read(value),
    (zod) => zod.lazy(() => make().toZod(zod)),
  );

function only<T>(read: T | typeof refused, holds: (value: T) => boolean): T | typeof refused {
  return read !== refused && holds(read) ? read : refused;
}

function isFaultless<T>(value: T, look: (value: T, context: Context) => void): boolean {
  let faults = 0;
  look(value, {
    addIssue: () => {
      faults += 1;
    },
  });
  return faults === 0;
}

function firstRead(value: unknown, ways: readonly Shape<unknown>[]): unknown {
  for (const way of ways) {
    const read = way.read(value);
    if (read !== refused) return read;
  }
  return refused;
}

function readList<T>(value: unknown, of: Shape<T>): T[] | typeof refused {
  if (!Array.isArray(value)) return refused;
  const read = value.map(of.read);
  return read.includes(refused) ? refused : (read as T[]);
}

function readRecord<T>(
  value: unknown,
  keys: Shape<string>,
  of: Shape<T>,
): Record<string, T> | typeof refused {
  if (!isMap(value)) return refused;
  const read: Record<string, T> = {};
  for (const [key, inner] of Object.entries(value)) {
    const one = keys.read(key) === refused ? refused : of.read(inner);
    if (one === refused) return refused;
    read[key] = one;
  }
  return read;
}

// In the order of the schema, as zod gives it: settings are compared as texts.
function readMap(value: unknown, fields: Fields): unknown {
  if (!isMap(value) || Object.keys(value).some((key) => !Object.hasOwn(fields, key))) return refused;
  const map: Record<string, unknown> = {};
  for (const [key, shape] of Object.entries(fields)) {
    const read = shape.read(value[key]);
    if (read === refused) return refused;
    if (Object.hasOwn(value, key)) map[key] = read;
  }
  return map;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
