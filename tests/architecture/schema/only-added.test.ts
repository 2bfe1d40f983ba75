import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

// docs/data.md, Migrations: while launchers of the release before run, the schema is only added to. The release before is the
// newest build in tests/fixtures/builds.
const builds = fileURLToPath(new URL("../../fixtures/builds", import.meta.url));
const folder = fileURLToPath(new URL("../../../migrations", import.meta.url));

const bundle = readdirSync(builds)
  .filter((name) => /^schema-\d+\.tar\.gz$/.test(name))
  .toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }))
  .at(-1);
const before = readBundle(join(builds, bundle ?? ""));
const today = new Map([...readFolder(folder, ""), ...readFolder(join(folder, "functions"), "functions/")]);

/** What takes something away from a program that runs, or refuses what it writes; each with an example that shows it is found. */
const takesAway: readonly (readonly [pattern: RegExp, example: string])[] = [
  [/\bdrop\s+(?:table|view|sequence|schema|type|function|procedure)\b/i, "drop table units;"],
  [
    /\bdrop\s+(?:column\s+)?(?!constraint\b|not\b|default\b|index\b|if\b|table\b)\w+/i,
    "alter table runs drop column phase;",
  ],
  [/\brename\b/i, "alter table runs rename column phase to state;"],
  [
    /\balter\s+(?:column\s+)?\w+\s+(?:set\s+data\s+)?type\b/i,
    "alter table runs alter column phase type integer;",
  ],
  [/\bset\s+not\s+null\b/i, "alter table runs alter column phase set not null;"],
  [/\bdrop\s+not\s+null\b/i, "alter table runs alter column phase drop not null;"],
  [/\bdrop\s+default\b/i, "alter table runs alter column phase drop default;"],
  [/\badd\s+constraint\b/i, "alter table runs add constraint c check (phase <> '');"],
  [
    /\badd\s+column\s+(?![^,;]*\bdefault\b)[^,;]*\bnot\s+null\b/i,
    "alter table runs add column x text not null;",
  ],
  [/\bcreate\s+unique\s+index\b/i, "create unique index i on runs (phase);"],
  [/\brevoke\b/i, "revoke select on runs from launch;"],
];

/** Looked at: what these do keeps the release before working. */
const reviewed: Readonly<Record<string, string>> = {
  "000008_reputations.sql":
    "wider checks of proxy_checks and requests, which take every value of before; empty health of a proxy is in rows that only newer programs write",
};

describe("the schema, beside the release before", () => {
  test("has that release's migrations unchanged", () => {
    const migrations = [...before].filter(([name]) => !name.startsWith("functions/"));
    expect(migrations.length).toBeGreaterThan(5);
    for (const [name, text] of migrations) expect([name, today.get(name)]).toEqual([name, text]);
  });

  test("has every function that it calls, with the same parameters and answer", () => {
    const called = [...before].filter(([name]) => name.startsWith("functions/"));
    expect(called.length).toBeGreaterThan(20);
    const known = new Set([...today.values()].flatMap(signaturesOf));
    for (const [name, text] of called)
      for (const signature of signaturesOf(text))
        expect([name, known.has(signature), signature]).toEqual([name, true, signature]);
  });

  test("takes nothing away from it, unless the migration's name begins with `contract_`", () => {
    const added = [...today].filter(([name]) => /^\d/.test(name) && !before.has(name));
    expect(added.length).toBeGreaterThan(3);
    const faults = added.flatMap(([name, text]) =>
      mayTakeAway(name) ? [] : faultsOf(text).map((fault) => `${name}: ${fault}`),
    );
    expect(faults).toEqual([]);
    // A review of what is not there any more would hide the next one of that name.
    expect(Object.keys(reviewed).filter((name) => !today.has(name) || before.has(name))).toEqual([]);
  });

  test.each(takesAway)("is looked at for %s", (_pattern, example) => {
    expect(faultsOf(`-- Why.\n${example}`)).not.toEqual([]);
  });

  test("may be added to: tables, columns, indexes, functions", () => {
    for (const fine of [
      "create table t (id uuid primary key, name text not null, constraint c check (name <> ''));",
      "alter table runs add column x text, add column y integer not null default 0;",
      "alter table runs add column y integer default 0 not null;",
      "create index i on runs (phase);",
    ])
      expect([fine, faultsOf(fine)]).toEqual([fine, []]);
  });
});

function mayTakeAway(name: string): boolean {
  return /^\d+_contract_/.test(name) || name in reviewed;
}

function faultsOf(text: string): readonly string[] {
  const statements = text.replaceAll(/--.*$/gm, "").split(/;\s*$/m);
  // A table that a migration makes is nobody's yet.
  const made = statements.flatMap((each) => /^\s*create\s+table\s+(\w+)/i.exec(each)?.[1] ?? []);
  const isNew = (each: string) =>
    /^\s*create\s+table\b/i.test(each) ||
    made.includes(/\b(?:on|alter\s+table)\s+(\w+)/i.exec(each)?.[1] ?? "");
  return statements
    .filter((each) => !isNew(each))
    .flatMap((each) => takesAway.flatMap(([pattern]) => pattern.exec(each)?.[0] ?? []));
}

/** "lock_slot(text, text) returns leases": names of parameters count too, for replacing a function may not change them. */
function signaturesOf(text: string): readonly string[] {
  const pattern = /create or replace function (\w+)\(([^)]*)\)\s*returns\s+([\w[\]]+)/g;
  return [...text.matchAll(pattern)].map(
    ([, name, parameters = "", answer]) =>
      `${name}(${parameters.replaceAll(/\s+/g, " ").trim()}) returns ${answer}`,
  );
}

function readFolder(path: string, prefix: string): readonly (readonly [string, string])[] {
  const names = readdirSync(path).filter((name) => name.endsWith(".sql"));
  return names.map((name) => [`${prefix}${name}`, readFileSync(join(path, name), "utf8")]);
}

function readBundle(file: string): ReadonlyMap<string, string> {
  const tar = (...words: readonly string[]) => execFileSync("tar", words, { encoding: "utf8" });
  const paths = tar("-tzf", file)
    .split("\n")
    .filter((path) => /\/migrations\/.*\.sql$/.test(path));
  return new Map(
    paths.map((path) => [path.replace(/^.*\/migrations\//, ""), tar("-xzOf", file, path)] as const),
  );
}
