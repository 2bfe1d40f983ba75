import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { packageRoot } from "../../lib/config/package-root.ts";
import { errorCatalogue, statusesForPeople, statusesOfSignals, successUnderPm2 } from "../../lib/errors.ts";
import { projectFiles } from "../support/project-files.ts";

const sections = ["docs/errors.md", "docs/errors-of-set-up.md"].flatMap((page) =>
  readFileSync(join(packageRoot(), page), "utf8").split(/^### /m).slice(1),
);
const lib = projectFiles(["lib"]);

/*
 * The rule of errors in lib: what ends a command is a LaunchError with a code. A bare Error is thrown only in the preloads
 * (they run in the bot, where there is no catalogue and Node's own errors are what the bot expects) and in the places
 * below, where it never leaves the file or function that is named.
 */
const bareErrors: Readonly<Record<string, string>> = {
  "lib/adapters/exit-witness/exit-witness.ts":
    "makes Promise.any go on to the next witness; its outcome is caught",
};

describe("docs/errors.md and docs/errors-of-set-up.md", () => {
  test("have a section for every code of the catalogue, with its status and meaning, and no other", () => {
    const documented = sections.map((section) => {
      const [, code, status, meaning] = /^(\w+)\n\nStatus (\d+)\. (.+)\n/.exec(section) ?? [];
      return [code, { exitStatus: Number(status), meaning }];
    });
    expect(Object.fromEntries(documented)).toEqual(errorCatalogue);
    expect(documented).toHaveLength(Object.keys(errorCatalogue).length);
  });

  test("say for every code what usually causes it and what to do", () => {
    for (const section of sections) {
      const code = section.split("\n", 1).join();
      expect(section, code).toMatch(/^- Usual cause: \S.{10,}/m);
      expect(section, code).toMatch(/^- What to do: \S.{10,}/m);
    }
  });
});

describe("the error catalogue", () => {
  test("holds no code that nothing in lib ends with", () => {
    const classes = new Map(
      catalogueSource()
        .split("export class ")
        .flatMap((text) => {
          const [name] = text.split(" ", 1);
          const code = /super\(\s*"(LAUNCH_\w+)"/.exec(text)?.[1];
          return name === undefined || code === undefined ? [] : [[code, name] as const];
        }),
    );
    const texts = lib.filter(({ path }) => path !== "lib/errors.ts").map(({ text }) => text);
    const unused = Object.keys(errorCatalogue).filter((code) => {
      const made = classes.has(code) ? `new ${classes.get(code)}(` : undefined;
      return !texts.some((text) => text.includes(`"${code}"`) || (made !== undefined && text.includes(made)));
    });
    expect(unused).toEqual([]);
  });

  test("is left out only in the preloads and where a bare error is caught nearby", () => {
    const bare = lib
      .filter(({ path, text }) => !path.startsWith("lib/preload/") && /throw new Error\(/.test(text))
      .map(({ path }) => path);
    expect(bare).toEqual(Object.keys(bareErrors));
  });
});

describe("the exit statuses of docs/cli.md", () => {
  const table = /^## Exit statuses\n(.*?)^## /ms.exec(
    readFileSync(join(packageRoot(), "docs/cli.md"), "utf8"),
  )?.[1];
  const rows = [...(table ?? "").matchAll(/^\| ([\d, ]+?) +\|.*\| ([a-z ,]+?) +\|$/gm)].map(
    ([, statuses = "", again = ""]) => ({ statuses: statuses.split(", ").map(Number), again }),
  );

  test("say after which ends nobody starts a launcher again, as every generated file does", () => {
    expect(rows.length).toBeGreaterThan(8);
    const final = rows.filter(({ again }) => again === "no").flatMap(({ statuses }) => statuses);
    expect([0, ...statusesForPeople, ...statusesOfSignals]).toEqual(
      final.toSorted((left, right) => left - right),
    );
  });

  test("have a row for that of every error, and none for what stands for 0 under pm2", () => {
    const told = rows.flatMap(({ statuses }) => statuses);
    const own = Object.values(errorCatalogue).map(({ exitStatus }) => exitStatus);
    expect([...new Set(own)].filter((status) => !told.includes(status))).toEqual([]);
    expect(told).not.toContain(successUnderPm2);
  });
});

function catalogueSource(): string {
  return lib.find(({ path }) => path === "lib/errors.ts")?.text ?? "";
}
