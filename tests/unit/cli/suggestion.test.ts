import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { commandGroups, commandTable } from "../../../lib/cli/command-table.ts";
import { didYouMeanCommands, suggestCommands } from "../../../lib/cli/parse/suggestion.ts";

const paths = commandTable.map(({ path }) => path);

describe("what mistyped words most likely mean", () => {
  test.each([
    ["acount add", ["account add"]],
    ["acount ad", ["account add"]],
    ["acount xyzzy", ["account"]],
    ["acount", ["account"]],
    ["account ad", ["account add"]],
    ["account create", ["account add"]],
    ["keys remove", ["keys retire"]],
    ["db backup", ["db export"]],
    ["ls", ["ps"]],
    ["LS", ["ps"]],
    ["rm alice", ["account rm", "proxy rm"]],
    ["list accounts", ["account ls"]],
    ["delete proxy", ["proxy rm"]],
    ["get proxies", ["proxy ls"]],
    ["rotat", ["rotate"]],
    ["hlep", ["help"]],
    ["xyzzy", []],
    ["account xyzzy", []],
  ])("%s: %j", (typed, expected) => {
    expect(suggestCommands(typed.split(" "), paths)).toEqual(expected);
  });

  test("is never a second word alone: every suggestion can be typed as it stands", () => {
    const word = fc.oneof(
      fc.constantFrom(...paths.flatMap((path) => path.split(" ")), "ls", "rm", "list", "accounts"),
      fc.string({ maxLength: 8 }),
    );
    const typable = new Set([...paths, ...Object.keys(commandGroups), "help"]);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 3 }), (typed) => {
        for (const path of suggestCommands(typed, paths)) expect(typable).toContain(path);
      }),
    );
  });

  test("is said as it is typed, from the program's name on", () => {
    expect(didYouMeanCommands(["account rm", "proxy rm"])).toBe(
      " Did you mean `launch account rm` or `launch proxy rm`?",
    );
    expect(didYouMeanCommands([])).toBe("");
  });
});
