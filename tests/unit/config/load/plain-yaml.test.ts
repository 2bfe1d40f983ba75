import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parsePlain } from "../../../../lib/config/file/yaml/plain-yaml.ts";
import { parseYaml } from "../../../../lib/config/read/parse-yaml.ts";
import { plainFile } from "../../../../lib/config/read/plain-settings.ts";
import { someYaml } from "../../../support/config/some-yaml.ts";
import { projectFiles } from "../../../support/project-files.ts";

/** Every place of a value, those of keys and of entries of lists. */
function pathsOf(value: unknown, path: readonly PropertyKey[] = []): readonly (readonly PropertyKey[])[] {
  if (typeof value !== "object" || value === null) return [path];
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [path, ...entries.flatMap(([key, inner]) => pathsOf(inner, [...path, key]))];
}

/** Fails where what is taken plainly is anything but what the library makes of it; gives back whether it was taken. */
function agree(text: string): boolean {
  const root = parsePlain(text);
  if (root === undefined) return false;
  const plain = plainFile("launch.yaml", text, root);
  const whole = parseYaml("launch.yaml", text);
  expect(JSON.stringify(plain.value), text).toBe(JSON.stringify(whole.value));
  for (const path of pathsOf(whole.value)) {
    const told = (file: typeof plain) => ({
      path,
      at: file.locate([...path]),
      beyond: file.locate([...path, "no such key"]),
      key: typeof path.at(-1) === "string" ? file.locateKey(path.slice(0, -1), String(path.at(-1))) : "",
    });
    expect(told(plain), text).toEqual(told(whole));
    expect(plain.textOf(path), text).toBe(whole.textOf(path));
  }
  return true;
}

/** The same with JSON after each of its first keys. */
function asJson(text: string): string {
  const { value } = parseYaml("launch.yaml", text);
  return Object.entries(value ?? {})
    .map(([key, inner]) => `${key}: ${JSON.stringify(inner)}\n`)
    .join("");
}

describe("YAML that is taken plainly", () => {
  test("has the values and places that the library finds, and the rest is left to it", () => {
    let taken = 0;
    fc.assert(
      fc.property(someYaml, (text) => {
        if (agree(text)) taken += 1;
      }),
      { numRuns: 3_000 },
    );
    expect(taken).toBeGreaterThan(100);
  });

  test("may be JSON, as programs write it", () => {
    const word = fc.string({ unit: fc.constantFrom(...Array.from(" ab:,{}[]#'&*-.1é")), maxLength: 6 });
    const value = fc.jsonValue({ maxDepth: 3 }).map((each) => JSON.stringify(each));
    fc.assert(
      fc.property(fc.dictionary(word, fc.oneof(word, fc.integer(), fc.boolean(), fc.array(word))), (map) => {
        expect(agree(`bots: ${JSON.stringify(map)}\n`), JSON.stringify(map)).toBe(true);
      }),
    );
    fc.assert(fc.property(word, value, (key, json) => void agree(`bots: {"${key}":${json}}\n`)));
    expect(agree(`{"bots":1}\n`)).toBe(false);
    expect(agree(`"bots":1\n`)).toBe(false);
  });

  test("leaves a key that is longer than the library allows to it", () => {
    const long = "k".repeat(1_100);
    expect(parsePlain(`${long}: 1\n`)).toBeUndefined();
    expect(parsePlain(`bots: { ${long}: 1 }\n`)).toBeUndefined();
    expect(parsePlain(`${"k".repeat(200)}: 1\n`)?.value).toEqual({ ["k".repeat(200)]: 1 });
  });

  test("is still that with any letter of a usual file changed, taken out or put in", () => {
    const usual = projectFiles(["templates", "docs"], [".yaml", ".md"]).flatMap(({ path, text }) =>
      path.endsWith(".yaml")
        ? [text]
        : [...text.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, yaml = ""]) => yaml),
    );
    expect(usual.length).toBeGreaterThan(10);
    const files = [...usual, ...usual.map(asJson)];
    let taken = 0;
    const sign = fc.constantFrom(...Array.from(`\n :#-[]{},"'&*!|>%@\`?~.0x1eab\t\\é`));
    fc.assert(
      fc.property(
        fc.constantFrom(...files),
        fc.array(fc.tuple(fc.nat(), fc.constantFrom(0, 1), fc.oneof(sign, fc.constant(""))), {
          maxLength: 3,
        }),
        (text, edits) => {
          let changed = text;
          for (const [where, out, put] of edits) {
            const at = where % (changed.length + 1);
            changed = changed.slice(0, at) + put + changed.slice(at + out);
          }
          if (agree(changed)) taken += 1;
        },
      ),
      { numRuns: 3_000 },
    );
    expect(taken).toBeGreaterThan(1_000);
  });
});
