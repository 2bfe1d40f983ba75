// One file of a program or package, as what is built has them: finding many files would cost a floor more than what is in them.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "rolldown";

/** Bundles a file or package for Node into a file that goes with the row, and gives back its path. */
export async function bundle({ atEnd }, input) {
  const folder = mkdtempSync(join(tmpdir(), "slipway-bench-"));
  atEnd(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "bundle.mjs");
  await build({
    input,
    platform: "node",
    external: ["pg-native", "pg-cloudflare"],
    // To learn whether it runs at Cloudflare pg asks for Response, for which Node 20 loads its whole fetch.
    transform: { define: { Response: "undefined" } },
    output: { file, format: "esm", minify: true },
    logLevel: "warn",
  });
  return file;
}
