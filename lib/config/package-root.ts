import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { InternalError } from "../errors.ts";

/** The folder that holds package.json, migrations and templates, whether this file runs from lib/ or from dist/lib/. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) {
    const parent = dirname(folder);
    if (parent === folder)
      throw new InternalError("package-root", "The folder of the package was not found.");
    folder = parent;
  }
  return folder;
}

/** What tells this build of the program from another one that was put into its place: its pack's id; unbundled code has none of its own. */
export function programBuild(): string {
  return basename(dirname(fileURLToPath(import.meta.url)));
}

/** The version of this program. */
export function packageVersion(): string {
  const manifest: { readonly version: string } = JSON.parse(
    readFileSync(join(packageRoot(), "package.json"), "utf8"),
  );
  return manifest.version;
}
