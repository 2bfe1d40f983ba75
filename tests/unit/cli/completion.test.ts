import { describe, expect, test } from "vitest";
import { commandTable } from "../../../lib/cli/command-table.ts";
import { complete } from "../../../lib/cli/completion/complete.ts";

const wordsOf = async (line: string) => {
  const found = await complete(line.split(" "));
  return found.kind === "words" ? found.words.map(({ word }) => word) : found;
};

describe("what may stand at the last word", () => {
  test.each([
    ["account rm ", { kind: "names", of: "accounts" }],
    ["bot ", { kind: "names", of: "accounts" }],
    ["bot --account ", { kind: "names", of: "accounts" }],
    ["exec ", { kind: "names", of: "accounts" }],
    ["rotate alice ", { kind: "names", of: "bots" }],
    ["why ", { kind: "names", of: "accounts" }],
    ["account history ", { kind: "names", of: "accounts" }],
    ["events ", { kind: "names", of: "units" }],
    ["events --account ", { kind: "names", of: "units" }],
    ["report --account ", { kind: "names", of: "accounts" }],
    ["config check ", { kind: "names", of: "units" }],
    ["generate pm2 alice ", { kind: "names", of: "units" }],
    ["generate docker ", { kind: "names", of: "units" }],
    ["assign alice ", { kind: "names", of: "proxies" }],
    ["proxy check fra-1 ", { kind: "names", of: "proxies" }],
    ["--json proxy check fra-1 ", { kind: "names", of: "proxies" }],
    ["collector ", { kind: "names", of: "collectors" }],
    ["up ", { kind: "names", of: "units" }],
    ["logs ", { kind: "names", of: "units" }],
    ["proxy import ", { kind: "names", of: "files" }],
    ["ps --config ", { kind: "names", of: "files" }],
    ["--state-dir ", { kind: "names", of: "folders" }],
    ["bot alice -- ", { kind: "names", of: "files" }],
    ["account add ", []],
    ["proxy add x --proxy-pass ", []],
    ["demote alice fra-1 --why ", []],
    ["ps x y ", []],
    ["bot alice --isolation ", ["auto", "kernel", "preload", "env"]],
    ["--color ", ["auto", "always", "never"]],
    ["completion ", ["bash", "zsh", "fish"]],
  ])("%j: %j", async (line, expected) => {
    expect(await wordsOf(line)).toEqual(expected);
  });

  test("are commands, then their second words, also behind help", async () => {
    const firsts = new Set(commandTable.map(({ path }) => path.split(" ", 1).join()));
    expect(new Set((await wordsOf("")) as string[])).toEqual(new Set([...firsts, "help"]));
    for (const line of ["account ", "help account "]) expect(await wordsOf(line)).toContain("hold");
    expect(await wordsOf("account ho")).toContain("hold");
  });

  test("are the flags that were not given yet, or may be given again", async () => {
    const flags = (await wordsOf("bot alice --tty --ports 9000 --")) as string[];
    expect(flags).toEqual(expect.arrayContaining(["--ports", "--grace", "--json", "--help"]));
    expect(flags).not.toContain("--tty");
  });
});
