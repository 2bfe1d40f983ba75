import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { commandGroups, commandTable } from "../../lib/cli/command-table.ts";
import { pageOf, sections } from "../../lib/cli/help/sections.ts";
import { globalFlagTable } from "../../lib/cli/parse/global-flags.ts";
import { habits, habitsWithin } from "../../lib/cli/parse/habits.ts";
import { packageRoot } from "../../lib/config/package-root.ts";
import { commandOverview, commandPage } from "../support/docs/command-docs.ts";
import { expectGeneratedPart } from "../support/generated-part.ts";

const commands = join(packageRoot(), "lib/cli/commands");

describe("the command table", () => {
  test("is what docs/cli.md and the pages of docs/commands say", async () => {
    expectGeneratedPart("docs/cli.md", "commands", commandOverview());
    for (const page of Object.keys(sections))
      expectGeneratedPart(`docs/commands/${page}.md`, "commands", await commandPage(page));
  });

  test("has a page for every command", () => {
    expect(commandTable.filter((entry) => pageOf(entry) === undefined).map(({ path }) => path)).toEqual([]);
  });

  test("names every file in commands, each by its own path", () => {
    const files = readdirSync(commands, { recursive: true, encoding: "utf8" }).filter((file) =>
      file.endsWith(".ts"),
    );
    // A folder that is no group holds commands of one word.
    const named = files.map((file) =>
      file
        .slice(0, -3)
        .replace(/^(?:desk|exits|units)\//, "")
        .replace("/", " "),
    );
    expect(commandTable.map(({ path }) => path).sort()).toEqual(named.sort());
    for (const { path, load } of commandTable)
      expect(String(load)).toMatch(
        new RegExp(`commands/((?:desk|exits|units)/)?${path.replace(" ", "/")}\\.ts`),
      );
  });

  test("describes every group that it uses, and no other", () => {
    const used = commandTable.flatMap(({ path }) => (path.includes(" ") ? [path.split(" ", 1).join()] : []));
    expect(Object.keys(commandGroups).sort()).toEqual([...new Set(used)].sort());
  });

  test("has every command that a habit stands for", () => {
    const paths = commandTable.map(({ path }) => path);
    expect(
      Object.values(habits)
        .flat()
        .filter((path) => !paths.includes(path)),
    ).toEqual([]);
    const seconds = paths.map((path) => path.split(" ")[1]);
    expect(
      Object.values(habitsWithin)
        .flat()
        .filter((word) => !seconds.includes(word)),
    ).toEqual([]);
  });

  test("has sentences as summaries and help texts, and no flag that hides a global one", async () => {
    for (const { path, summary, load } of commandTable) {
      const { operands = [], flags = {} } = (await load()).usage;
      const texts = [...operands, ...Object.values(flags)].map(({ help }) => help);
      for (const text of [summary, ...texts]) expect(text, `launch ${path}`).toMatch(/^[A-Z`0-9].*\.$/);
      const hidden = Object.keys(flags).filter((name) => name in globalFlagTable);
      expect(hidden, `launch ${path}`).toEqual([]);
    }
  });
});
