// Puts the modules of the program and its packages into few parts of one file, each loaded when it is first used: to find and link
// two hundred modules took a third of the processor time of a start. bin/load-program.js reads it.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decode, encode } from "@jridgewell/sourcemap-codec";
import { build } from "rolldown";
import { writePack } from "./write-pack.cjs";

/** Bundles the command line into the folder: program.pack, the source maps of its parts, and the licences of what is in it. */
export async function bundleProgram(root, folder) {
  const { output } = await build({
    input: ["lib/cli/main.ts", "lib/cli/help/short-answers.ts", "lib/compose/desk/config-reader.ts"].map(
      (entry) => join(root, entry),
    ),
    write: false,
    platform: "node",
    external: ["pg-native", "pg-cloudflare"],
    plugins: [withoutLanguages],
    // To learn whether it runs at Cloudflare pg asks for Response, for which Node 20 loads its whole fetch.
    transform: { define: { Response: "undefined" } },
    output: {
      dir: folder,
      format: "cjs",
      minify: true,
      sourcemap: true,
      entryFileNames: "[name].js",
      chunkFileNames: "[name].js",
    },
    logLevel: "warn",
  });
  const parts = output
    .filter(({ type }) => type === "chunk")
    .sort((a, b) => (a.fileName < b.fileName ? -1 : 1));
  mkdirSync(folder, { recursive: true });
  const id = writePack(
    join(folder, "program.pack"),
    parts.map(({ fileName, code }) => [fileName, Buffer.from(wrapped(code), "latin1")]),
  );
  writePack(
    join(folder, "maps.pack"),
    parts.flatMap(({ fileName, code, map }) =>
      // The bundler's own part has none.
      map === null ? [] : [[fileName, Buffer.from(JSON.stringify(shifted(map, code)))]],
    ),
    id,
  );
  writeFileSync(join(folder, "LICENCES.txt"), licencesOf(parts.flatMap(({ moduleIds }) => moduleIds)));
}

// One byte a letter, in the file and in memory: V8 holds a text with a single other letter in two bytes each.
const wide = /[\u0080-\uffff]/g;
const escaped = (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;

// The first line is the wrapper's, and no part of the source map.
function wrapped(code) {
  const text = code.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "").replace(wide, escaped);
  return `(function (exports, require, module, __filename, __dirname) {\n${text}\n})`;
}

/** The map of a part with its letters escaped and its wrapper before it. */
function shifted(map, code) {
  const lines = code.split("\n");
  const mappings = decode(map.mappings).map((segments, line) => {
    const places = [...(lines[line] ?? "").matchAll(wide)].map(({ index }) => index);
    let passed = 0;
    return segments.map(([column, ...rest]) => {
      while (passed < places.length && places[passed] < column) passed += 1;
      return [column + passed * (escaped("\u2026").length - 1), ...rest];
    });
  });
  const { version, names, sources } = map;
  return { version, names, sources, mappings: encode([[], ...mappings]) };
}

// lib/config/file/issues.ts words what zod finds; English comes with zod's schemas.
const withoutLanguages = {
  name: "without-languages",
  load: (id) => (id.endsWith("/zod/v4/locales/index.js") ? "export {};" : undefined),
};

/** The packages that the modules come from, each with its own text. */
function licencesOf(modules) {
  const roots = modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id) ?? []);
  const texts = [...new Set(roots)]
    .sort((a, b) => (a < b ? -1 : 1))
    .map((root) => {
      const { name, version, license } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
      const file = readdirSync(root).find((entry) => /^licen[cs]e/i.test(entry));
      const text = file === undefined ? "" : `\n${readFileSync(join(root, file), "utf8").trim()}\n`;
      return `${name} ${version}: ${license}\n${text}`;
    });
  return texts.join("\n\n");
}
