import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { packageRoot } from "../../lib/config/package-root.ts";
import { environmentVariables } from "../../lib/config/sources/environment-variables.ts";
import { fileJsonSchema } from "../support/docs/json-schema.ts";

const inPackage = (name: string) => join(packageRoot(), name);

describe("what editors and operators read about the configuration", () => {
  test("docs/launch.schema.json is the schema that the program checks by", () => {
    const path = inPackage("docs/launch.schema.json");
    if (process.env["UPDATE_DOCS"] === "1")
      writeFileSync(path, `${JSON.stringify(fileJsonSchema(), undefined, 2)}\n`);
    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual(fileJsonSchema());
  });

  test(".env.example lists every variable that a .env may hold, and no other", () => {
    const lines = readFileSync(inPackage(".env.example"), "utf8").split("\n");
    const listed = lines.flatMap((line) => /^#?\s?([A-Z][A-Z0-9_]+)=/.exec(line)?.[1] ?? []);
    const notInEnvFiles = ["LAUNCH_CONFIG", "LAUNCH_FERNET_KEYS"];
    const expected = Object.keys(environmentVariables).filter((name) => !notInEnvFiles.includes(name));
    expect(listed.sort()).toEqual(expected.sort());
  });
});
