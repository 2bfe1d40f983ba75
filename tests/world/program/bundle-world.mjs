// Bundles the world of tests/world with lib as it is, or with one fault put into it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "rolldown";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Writes the world into one file. */
export async function bundleWorld(file, mutant) {
  await build({
    input: join(root, "tests/world/main.ts"),
    platform: "node",
    plugins: mutant === undefined ? [] : [put(mutant)],
    output: { file, format: "esm", codeSplitting: false, sourcemap: true },
    logLevel: "warn",
  });
}

/** The faults of tests/world/mutants.ts. */
export async function mutants() {
  const { output } = await build({
    input: join(root, "tests/world/mutants.ts"),
    write: false,
    logLevel: "warn",
  });
  const { code } = output[0];
  return (await import(`data:text/javascript,${encodeURIComponent(code)}`)).mutants;
}

function put({ name, file, from, to }) {
  const path = join(root, "lib", file);
  const source = readFileSync(path, "utf8");
  if (source.split(from).length !== 2) throw new Error(`the fault ${name} does not fit ${file} any more`);
  return {
    name,
    load: (id) => (id === path ? { code: source.replace(from, () => to), moduleType: "ts" } : null),
  };
}
