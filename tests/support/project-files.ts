import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../lib/config/package-root.ts";

export interface ProjectFile {
  /** Relative to the project's root, with slashes. */
  readonly path: string;
  readonly text: string;
}

/** Every file below some folders of the project (or the files themselves) whose name ends in one of the endings. */
export function projectFiles(
  places: readonly string[],
  endings: readonly string[] = [".ts"],
): readonly ProjectFile[] {
  const root = packageRoot();
  return places
    .flatMap((place) =>
      endings.some((ending) => place.endsWith(ending)) ? [place] : filesBelow(root, place),
    )
    .filter((path) => endings.some((ending) => path.endsWith(ending)))
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

/** The pages that people read. */
export function pages(): readonly ProjectFile[] {
  return projectFiles(["README.md", "CHANGELOG.md", "docs"], [".md"]);
}

function filesBelow(root: string, folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
    .sort();
}
