import fc from "fast-check";

/** Mostly the first, so that whole files are taken now and then. */
const mostly = <T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 12, arbitrary: usual }, { weight: 1, arbitrary: odd });
const oneOf = (...words: readonly string[]): fc.Arbitrary<string> =>
  fc.constantFrom(...words.flatMap((text) => text.split(" · ")));

const word = mostly(
  oneOf(
    `node · bot.js · a b · --flag · 1.10 · 90s · 4h · true · 12 · a:b`,
    `a#b · {account} · x  y · 127.0.0.1:9464 · 10.0.0.0/8 · http://127.0.0.1:8080/health · é — ü · 512MB · 04:30 · it's`,
  ),
  oneOf(
    `- · 0x10 · 007 · 1e3 · ~ · null · False · a: b · a #b · x,y · [ · } · * · &a · !t · |`,
    `> · % · @ · \` · -5 · fut-* · .5 · -0 · +1 · .inf · 1_000 · 2026-11-30 · a\\b · say "x" ·  ·  x`,
    `x  · a: · :a · ? a · - a · --- · ... · -: · a:[ · a:} · {a: b · # · 0o7 · 1. · NaN · .nan`,
    "a\n  b",
  ),
);
const scalar = fc.oneof(
  word,
  word.map((text) => JSON.stringify(text)),
  word.map((text) => `'${text.replaceAll("'", "''")}'`),
  fc.oneof(fc.integer(), fc.double(), fc.boolean()).map(String),
);
const gap = mostly(
  fc.constantFrom("", " ", "  ", "\n          "),
  fc.constantFrom("\n  ", "\n", " # why\n    ", "#"),
);
const key = mostly(
  fc.constantFrom(...Array.from("abcdefghijklm"), "version", "bots", "b-1", "fut-*", '"*"', "'q'", "a.b"),
  fc.oneof(fc.constantFrom("12", "null", "__proto__", "<<", "x y", "? a", "a ", '"a" '), word),
);
const colon = mostly(fc.constant(": "), fc.constant(":"));
const flow: fc.Arbitrary<string> = fc.letrec<{ flow: string; list: string; map: string }>((tie) => ({
  flow: fc.oneof({ maxDepth: 3, withCrossShrink: true }, scalar, tie("list"), tie("map")),
  list: fc
    .tuple(fc.array(tie("flow"), { maxLength: 3 }), gap, gap)
    .map(([all, a, b]) => `[${a}${all.join(`,${b}`)}${a}]`),
  map: fc
    .tuple(fc.array(fc.tuple(key, colon, tie("flow")), { maxLength: 3 }), gap, gap)
    .map(([all, a, b]) => `{${a}${all.map((entry) => entry.join("")).join(`,${b}`)}${a}}`),
})).flow;
const tail = mostly(
  fc.constantFrom("", "", "", " # why", "   ", "\n", "\n# a line\n"),
  fc.constantFrom("#x", "\n x"),
);
/** Blocks of lines, each with its own indentation, now and then a wrong one. */
const block = (depth: number): fc.Arbitrary<readonly string[]> =>
  mostly(fc.boolean(), fc.constant(undefined)).chain((isMap) => blockOf(depth, isMap));
const blockOf = (depth: number, isMap: boolean | undefined): fc.Arbitrary<readonly string[]> =>
  fc
    .array(
      fc.tuple(
        isMap === undefined
          ? fc.constantFrom("a:", "-")
          : isMap
            ? key.map((name) => `${name}:`)
            : fc.constant("-"),
        fc.oneof(
          { weight: 3, arbitrary: flow.map((text) => [text]) },
          { weight: depth > 0 ? 3 : 0, arbitrary: block0(depth) },
        ),
        mostly(fc.constantFrom(2, 2, 2, 4), fc.constantFrom(0, 1)),
        tail,
      ),
      { minLength: 1, maxLength: 4 },
    )
    .map((entries) =>
      entries.flatMap(([head, body, indent, end]) =>
        body.length === 1 || head === "-"
          ? [`${head} ${body[0]}${end}`, ...body.slice(1).map((line) => `  ${line}`)]
          : [`${head}${end}`, ...body.map((line) => `${" ".repeat(indent)}${line}`)],
      ),
    );
function block0(depth: number): fc.Arbitrary<readonly string[]> {
  return depth > 0 ? block(depth - 1) : flow.map((text) => [text]);
}

/** Blocks of YAML, mostly right ones. */
export const someYaml: fc.Arbitrary<string> = mostly(blockOf(2, true), block(2)).map(
  (lines) => `${lines.join("\n")}\n`,
);
