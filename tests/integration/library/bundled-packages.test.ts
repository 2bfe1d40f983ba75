import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { builtFile } from "../../support/built.ts";

const run = promisify(execFile);
const packages = ["commander", "pg", "yaml", "zod"];

describe("the packages that every start loads", () => {
  test("are one file each, which every module of the program imports instead of the package", () => {
    const program = dirname(builtFile("lib/index.js"));
    const modules = readdirSync(program, { recursive: true, encoding: "utf8" }).filter(
      (file) => file.endsWith(".js") && !file.startsWith("packages/"),
    );
    const imported = modules.flatMap((file) =>
      [...readFileSync(join(program, file), "utf8").matchAll(/(?:from|import\() ?"([^"]+)"/g)].map(
        ([, name = ""]) => name,
      ),
    );
    expect(imported.filter((name) => packages.includes(name))).toEqual([]);
    for (const name of packages)
      expect(
        imported.filter((path) => path.endsWith(`/packages/${name}.js`)),
        name,
      ).not.toEqual([]);
  });

  test("bring the text of every licence along", () => {
    const licences = readFileSync(builtFile("lib/packages/LICENCES.txt"), "utf8");
    const heads = licences.match(/^\S+ \d+\.\d+\.\d+.*: \S+$/gm) ?? [];
    for (const name of [...packages, "pg-protocol"])
      expect(
        heads.some((head) => head.startsWith(`${name} `)),
        name,
      ).toBe(true);
  });

  test("load nothing of Node's own fetch, nor the languages of zod", async () => {
    const script = `await import(process.argv[1]); await import(process.argv[2]);
      console.log(process.moduleLoadList.filter((name) => /undici|http2/.test(name)).join());`;
    const files = [builtFile("lib/packages/pg.js"), builtFile("lib/packages/zod.js")];
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script, ...files]);
    expect(stdout).toBe("\n");
    // A German message of zod's.
    expect(readFileSync(builtFile("lib/packages/zod.js"), "utf8")).not.toContain("Ungültige Eingabe");
  });
});
