import fc from "fast-check";
import hcl from "hcl2-parser";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { hclText } from "../../../../../lib/adapters/hosts/containers/hcl-text.ts";
import { yamlText } from "../../../../../lib/adapters/hosts/containers/yaml-text.ts";

// What a file or an argument can hold; half of a pair of surrogates cannot.
const template = (sign: string) => `${sign}{x}`;
const text = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.constantFrom(
    template("$"),
    template("$$"),
    template("%"),
    "$$$",
    '"\\"',
    "yes",
    "1e3",
    "null",
    "~",
    "a: b",
    "# x",
    "{{ x }}",
    "\b\f\u2028",
  ),
);

describe("the text of a job file", () => {
  test("gives every word back exactly, whatever characters it has", () => {
    fc.assert(
      fc.property(fc.array(text), text, (list, value) => {
        fc.pre([...list, value].every((each) => each.normalize("NFC") === each));
        const source = hclText([
          {
            block: "job",
            label: "x",
            body: [
              ["args", list],
              ["value", value],
            ],
          },
        ]);
        const [read, problem] = hcl.parseToObject(source);
        expect(problem).toBeNull();
        expect(read).toEqual({ job: { x: [{ args: list, value }] } });
      }),
      { numRuns: 15 },
    );
  });

  test("refuses what its readers would change", () => {
    expect(() => hclText([["path", "/srv/e\u0301"]])).toThrow(/written in parts/);
  });

  test("has labels, blocks in blocks, tables and comments", () => {
    const source = hclText([
      {
        block: "job",
        label: 'a "b"',
        body: ["why", ["count", 1], ["on", true], { block: "env", body: [["table", { "a-b": "c" }]] }],
      },
    ]);
    expect(source).toContain("  # why\n");
    expect(hcl.parseToObject(source)).toEqual([
      { job: { 'a "b"': [{ count: 1, on: true, env: [{ table: { "a-b": "c" } }] }] } },
      null,
    ]);
  });
});

describe("the text of a manifest", () => {
  test.each(["1.1", "1.2"] as const)("gives every word back exactly to a reader of YAML %s", (version) => {
    fc.assert(
      fc.property(fc.array(text), fc.dictionary(text, text), (args, labels) => {
        // `__proto__` is a key that no reader of JavaScript can give back.
        const value = {
          args,
          labels: Object.fromEntries(Object.entries(labels).filter(([key]) => key !== "__proto__")),
        };
        expect(parse(yamlText(value), { version })).toEqual(value);
      }),
      { numRuns: 60 },
    );
  });

  test("has a comment above the key that it is about, and nothing else changes", () => {
    const value = { a: { b: 1, c: ["x"] } };
    const commented = yamlText(value, [
      [["a", "c"], "why"],
      [["a", "none"], "never"],
    ]);
    expect(commented).toBe('a:\n  b: 1\n  # why\n  c:\n    - "x"\n');
    expect(parse(commented)).toEqual(value);
  });
});
