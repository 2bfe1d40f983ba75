// Puts the modules of the program into few files, each loaded when it is first used as before: to find and link two hundred
// of them took a third of the processor time of a start.
import { join } from "node:path";
import { build } from "rolldown";

/** Bundles what the compiled command line below a folder loads, but for packages, into its folder `program`. */
export async function bundleProgram(lib) {
  await build({
    input: join(lib, "cli", "main.js"),
    platform: "node",
    external: (id) => !/^[./]/.test(id) || id.includes("/packages/"),
    output: { dir: join(lib, "program"), format: "esm", chunkFileNames: "[name].js" },
    logLevel: "warn",
  });
}
