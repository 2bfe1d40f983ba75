import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { FileContent } from "../../../lib/config/file/schema.ts";
import { packageRoot } from "../../../lib/config/package-root.ts";
import { fileSchema } from "../../../lib/config/read/zod-schema.ts";
import { projectFiles } from "../../support/project-files.ts";

const examples = join(packageRoot(), "templates", "examples");
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway-examples-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const checks = {
  "node-ccxt": (): Buffer =>
    execFileSync(process.execPath, ["--check", join(examples, "node-ccxt", "bot.mjs")]),
  python: (): Buffer =>
    execFileSync("python3", ["-m", "py_compile", join(examples, "python", "bot.py")], {
      env: { PATH: process.env["PATH"] ?? "", PYTHONPYCACHEPREFIX: folder },
    }),
};

describe.each(["node-ccxt", "python"] as const)("the example %s", (name) => {
  test("is a program without a mistake in its syntax", () => {
    expect(checks[name]).not.toThrow();
  });

  test("comes with a launch.yaml that the program takes and that starts a file of its own", () => {
    const text = readFileSync(join(examples, name, "launch.yaml"), "utf8");
    const yaml = fileSchema.parse(parse(text)) as FileContent;
    const [bot] = Object.values(yaml.bots ?? {});
    const command = [bot?.command].flat();
    const files = projectFiles([`templates/examples/${name}`], [".mjs", ".py", ".md"]).map(
      ({ path }) => path,
    );
    expect(files).toContain(`templates/examples/${name}/${command.at(-1)}`);
    expect(files).toContain(`templates/examples/${name}/README.md`);
  });

  test("speaks of no proxy in its code", () => {
    const [program] = projectFiles([`templates/examples/${name}`], [".mjs", ".py"]);
    const code = program?.text.replaceAll(/^(?:\/\/|#|""").*$/gm, "") ?? "";
    expect(code).toContain("import");
    expect(code).not.toMatch(/proxy|agent/i);
  });
});
