// Where things are, whichever folder a row lies in.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** A file below bench/programs. */
export function program(name) {
  return join(root, "bench/programs", name);
}

/** A module of the build, such as lib/domain/secret.js or tests/lab/stage.js. */
export function built(path) {
  return import(join(root, "dist", path));
}
