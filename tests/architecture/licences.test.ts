import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { packageRoot } from "../../lib/config/package-root.ts";
import { projectFiles } from "../support/project-files.ts";

interface LockedPackage {
  readonly version: string;
  readonly license?: string;
  readonly dev?: boolean;
}

/** Licences that let anybody use, change and sell what is built on them. */
const permissive = [
  "MIT",
  "MIT-0",
  "ISC",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "0BSD",
  "Apache-2.0",
  "PostgreSQL",
  "BlueOak-1.0.0",
];

const lock = JSON.parse(readFileSync(join(packageRoot(), "package-lock.json"), "utf8")) as {
  readonly packages: Readonly<Record<string, LockedPackage>>;
};

describe("what is shipped", () => {
  test("depends on packages under permissive licences only, on every platform", () => {
    const shipped = Object.entries(lock.packages).filter(([path, { dev }]) => path !== "" && dev !== true);
    const others = shipped
      .filter(([, { license }]) => license === undefined || !permissive.includes(license))
      .map(([path, { license }]) => `${path}: ${license ?? "no licence"}`);
    expect(shipped.length).toBeGreaterThan(20);
    expect(others).toEqual([]);
  });

  test("never imports pm2, global-agent or another package that only development may use", () => {
    const { devDependencies, peerDependencies } = JSON.parse(
      readFileSync(join(packageRoot(), "package.json"), "utf8"),
    ) as Readonly<Record<"devDependencies" | "peerDependencies", Readonly<Record<string, string>>>>;
    // What a program may bring along is installed here only for the tests.
    const names = Object.keys(devDependencies).filter((name) => !Object.hasOwn(peerDependencies, name));
    expect(names).toContain("pm2");
    const imported = projectFiles(["lib", "bin"], [".ts", "bin/launch"]).flatMap(({ path, text }) =>
      [...text.matchAll(/(?:from|import|require)\s*\(?\s*["']([^."'][^"']*)["']/g)]
        .map(([, specifier = ""]) => specifier.replace(/^((?:@[^/]+\/)?[^/]+).*$/, "$1"))
        .filter((name) => names.includes(name))
        .map((name) => `${path} imports ${name}`),
    );
    expect(imported).toEqual([]);
  });

  test("loads execa only when it is used, and nothing on the path of a start uses it", () => {
    const users = projectFiles(["lib"]).filter(({ text }) => text.includes('"execa"'));
    expect(users.map(({ path }) => path)).toEqual([
      "lib/leak-check/clients/find-programs.ts",
      "lib/leak-check/lab/internet/certificates.ts",
    ]);
    for (const { path, text } of users) expect(text, path).not.toMatch(/^import [^\n]*"execa"/m);
  });
});
