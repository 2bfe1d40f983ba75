import { describe, expect, test } from "vitest";
import { commandTable } from "../../../lib/cli/command-table.ts";
import { operandsOf, parseLeaf } from "../../../lib/cli/leaf.ts";
import { takesNames } from "../../../lib/cli/parse/usage-error.ts";
import { UsageError } from "../../../lib/errors.ts";

describe("a name given to a command that takes none", () => {
  test.each([
    ["ps", ["alice"], "launch status alice"],
    ["ps", ["--json", "alice", "bob"], "launch status alice"],
    ["ps", ["--state-dir", "/tmp/x", "collector:funding"], "launch status collector:funding"],
    ["ps", ["fut *"], "launch status NAME"],
    ["top", ["alice"], "launch status alice"],
    ["down", ["alice"], "launch stop alice"],
    ["reload", ["alice"], "launch restart alice"],
    ["doctor", ["--offline", "alice"], "launch check alice"],
    ["account ls", ["alice"], "launch why alice"],
    ["proxy ls", ["--account", "alice", "fra-1"], "launch proxy history fra-1"],
    ["notify ls", ["phone"], "launch notify test phone"],
  ])("%s %j: type %s", async (path, words, typed) => {
    const error = await refusalOf(path, words);
    expect(error.message).toBe(`\`launch ${path}\` takes no name: it is about all of them.`);
    expect(error.hint).toBe(`Type \`${typed}\`.`);
  });

  test("is answered with a command that takes one", async () => {
    for (const [path, other] of Object.entries(takesNames)) {
      expect([path, operandsOf(await usageOf(path))]).toEqual([path, []]);
      expect([other, operandsOf(await usageOf(other)).length]).toEqual([other, 1]);
    }
  });

  test("is counted elsewhere", async () => {
    expect(await refusalOf("why", ["alice", "bob"])).toMatchObject({
      message: "Too many arguments: 1 expected, 2 given.",
    });
    expect(await refusalOf("keys ls", ["alice"])).toMatchObject({ hint: "Run `launch keys ls --help`." });
  });
});

async function usageOf(path: string) {
  const entry = commandTable.find((each) => each.path === path);
  if (entry === undefined) throw new Error(`there is no command ${path}`);
  return (await entry.load()).usage;
}

async function refusalOf(path: string, words: readonly string[]): Promise<UsageError> {
  const leaf = { path, usage: await usageOf(path) };
  const error = await parseLeaf(leaf, words).catch((caught: unknown) => caught);
  if (!(error instanceof UsageError)) throw new Error(`${path} ${words.join(" ")} was taken`);
  return error;
}
