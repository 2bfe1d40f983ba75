import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The path of a file of the build; throws when there is no build, naming the command that makes one. */
export function builtFile(name: string): string {
  const path = fileURLToPath(new URL(`../../dist/${name}`, import.meta.url));
  if (!existsSync(path)) throw new Error(`${path} is missing: run \`node scripts/setup.mjs\` first.`);
  return path;
}
