import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface OlderBuild {
  /** Its bin/launch. */
  readonly bin: string;
  remove(): void;
}

/** Unpacks a build that scripts/pack-build.mjs packed, and lends it the packages of this clone. */
export function olderBuild(name: string): OlderBuild {
  const folder = mkdtempSync(join(tmpdir(), "slipway-older-"));
  const bundle = fileURLToPath(new URL(`../../fixtures/builds/${name}.tar.gz`, import.meta.url));
  execFileSync("tar", ["-xzf", bundle, "-C", folder]);
  const packages = fileURLToPath(new URL("../../../node_modules", import.meta.url));
  symlinkSync(packages, join(folder, name, "node_modules"));
  return {
    bin: join(folder, name, "bin/launch"),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
