import { execFile, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { packageRoot } from "../../../lib/config/package-root.ts";
import { builtFile } from "../../support/built.ts";

const run = promisify(execFile);
const root = packageRoot();
const loader = join(root, "bin/load-program.js");

interface Pack {
  readonly id: string;
  readonly names: readonly string[];
  read(name: string): Buffer | undefined;
}

function packOf(name: string): Pack {
  return createRequire(import.meta.url)(loader).openPack(builtFile(name));
}

const tellsCacheUse = fileURLToPath(new URL("../../fixtures/hooks/tells-cache-use.cjs", import.meta.url));

describe("the bundled program", () => {
  // Another Node has other modules and flags within its own.
  test.skipIf(!process.version.startsWith("v20."))(
    "lets a launcher load what Node has compiled before it sets flags of V8 under which that does not count",
    () => {
      const words = [join(root, "bin/launch"), "collector", "--no-such-flag"];
      const { stderr } = spawnSync(process.execPath, ["--expose-internals", "-r", tellsCacheUse, ...words], {
        encoding: "utf8",
      });
      expect(stderr).toContain("--no-such-flag");
      const [, compiled = ""] = /^compiled: (.*)$/m.exec(stderr) ?? [];
      expect(compiled.split(" ")).not.toContain("");
      for (const name of ["tty", "crypto", "fs/promises", "child_process", "worker_threads", "perf_hooks"])
        expect(compiled.split(" ")).not.toContain(name);
    },
  );

  test("takes no command for a launcher because its words are to be completed", () => {
    const { isLauncher } = createRequire(import.meta.url)(loader);
    expect(isLauncher(["--quiet", "bot", "--account", "alice"])).toBe(true);
    expect(isLauncher(["completion", "words", "--", "bot", ""])).toBe(false);
  });

  test("holds its packages, without the languages of zod, and brings the text of every licence along", () => {
    const pack = packOf("lib/program/program.pack");
    const texts = pack.names.map((name) => pack.read(name)?.toString("latin1") ?? "");
    const needed = texts.flatMap((text) => [...text.matchAll(/\brequire\(["'`]([^"'`]+)["'`]\)/g)]);
    const outside = needed.map(([, name = ""]) => name).filter((name) => !/^(node:|\.\/)/.test(name));
    const builtin = new Set(createRequire(import.meta.url)("node:module").builtinModules);
    // pg asks for these two if it finds them.
    expect(new Set(outside.filter((name) => !builtin.has(name)))).toEqual(
      new Set(["pg-native", "pg-cloudflare"]),
    );
    // A German message of zod's.
    expect(texts.filter((text) => text.includes("ltige Eingabe"))).toEqual([]);

    const licences = readFileSync(builtFile("lib/program/LICENCES.txt"), "utf8");
    const heads = licences.match(/^\S+ \d+\.\d+\.\d+.*: \S+$/gm) ?? [];
    for (const name of ["commander", "pg", "pg-protocol", "yaml", "zod", "chalk", "nodemailer"])
      expect(
        heads.some((head) => head.startsWith(`${name} `)),
        name,
      ).toBe(true);
  });

  test("is one byte a letter, so that V8 holds it so", () => {
    const pack = packOf("lib/program/program.pack");
    const wide = pack.names.filter((name) => pack.read(name)?.some((byte) => byte > 0x7f));
    expect(wide).toEqual([]);
  });

  test("has a source map for each of its parts, of the same build", () => {
    const [program, maps] = [packOf("lib/program/program.pack"), packOf("lib/program/maps.pack")];
    expect(maps.id).toBe(program.id);
    // What only passes on, and the bundler's own part, have nothing to map.
    const unmapped = program.names.filter((name) => !maps.names.includes(name));
    expect(
      unmapped.filter((name) => name !== "rolldown-runtime.js" && (program.read(name)?.length ?? 0) > 500),
    ).toEqual([]);
  });

  test.each([
    ["a launcher's", ["bot", "--help"]],
    ["a command's", ["--help"]],
  ])("takes %s code from the cache that a run has made", async (_, words) => {
    const recorder = join(root, "scripts/record-launch.cjs");
    expect(spawnSync(process.execPath, [recorder, ...words]).status).toBe(0);
    const script = `require(${JSON.stringify(loader)}).loadProgram(${JSON.stringify(root)}, process.argv.slice(2),
      (name, script) => console.error(name, script.cachedDataRejected));`;
    const { stderr } = await run(process.execPath, ["--eval", script, "--", "launch", ...words]);
    const said = stderr.trim().split("\n");
    expect(said.length).toBeGreaterThan(2);
    expect(said.filter((line) => !line.endsWith(" false"))).toEqual([]);
  });

  test("starts with a damaged cache, and says what to type when it is damaged itself", () => {
    const copy = mkdtempSync(join(tmpdir(), "slipway-damaged-"));
    try {
      spawnSync(process.execPath, [join(root, "scripts/record-launch.cjs"), "--version"]);
      for (const name of ["bin", "package.json", "dist/lib/program", "dist/code-cache"])
        cpSync(join(root, name), join(copy, name), { recursive: true });
      const version = () =>
        spawnSync(process.execPath, [join(copy, "bin/launch"), "--version"], { encoding: "utf8" });
      const caches = readdirSync(join(copy, "dist/code-cache")).map((name) =>
        join(copy, "dist/code-cache", name),
      );
      expect(caches).not.toEqual([]);
      // Shorter than its index says, then without an index.
      for (const length of [60_000, 5]) {
        for (const path of caches) truncateSync(path, length);
        expect(version()).toMatchObject({ status: 0, stderr: "" });
      }
      truncateSync(join(copy, "dist/lib/program/program.pack"), 100);
      expect(version()).toMatchObject({
        status: 78,
        stderr: expect.stringContaining("node scripts/build.mjs"),
      });
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  });
});
