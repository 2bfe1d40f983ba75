import fc from "fast-check";
import { expect, test } from "vitest";
import { nodeOptions, splitNodeOptions } from "../../../../lib/policy/child/node-options.ts";

const ours = "/opt/slip way/dist/preload/preload/tunnel.js";

test("our preloads stand in front of the operator's options, quoted", () => {
  expect(nodeOptions('-r ./tracer.js --title="a b"', [ours])).toBe(
    `--require "${ours}" -r ./tracer.js --title="a b"`,
  );
});

test("our preload left by an outer launcher is taken out in every spelling", () => {
  const spellings = [`--require "${ours}"`, `-r "${ours}"`, `--require="${ours}"`, `"--require" "${ours}"`];
  expect(spellings.map((text) => nodeOptions(`--a ${text} --b`, []))).toEqual(spellings.map(() => "--a --b"));
  expect(nodeOptions(`--require "${ours}"`, [])).toBeUndefined();
});

test("a preload of the operator's with a like name stays", () => {
  expect(nodeOptions("-r /x/preload/observe.js", [])).toBe("-r /x/preload/observe.js");
});

test("putting our preloads in twice gives what once gives", () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^--[a-z]{1,6}(="[a-z \\\\]{0,4}")?$/)), (options) => {
      const once = nodeOptions(options.join(" "), [ours]);
      expect(nodeOptions(once, [ours])).toBe(once);
    }),
  );
});

test("words are split as Node splits them", () => {
  expect(splitNodeOptions('  a "b c"d  "e\\"f" g\\h ').map((word) => word.value)).toEqual([
    "a",
    "b cd",
    'e"f',
    "g\\h",
  ]);
});

test.each(['/a"b.js', "/a\nb.js", "/a\\b.js"])("the path %j cannot be quoted and is refused", (path) => {
  expect(() => nodeOptions(undefined, [path])).toThrow("cannot be named in NODE_OPTIONS");
});
