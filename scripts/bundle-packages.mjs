// Puts each package that every start loads into one file: finding and linking its many files, 64 of them zod's languages, cost
// more processor time and memory than what is in them.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { build } from "rolldown";

const imports = /\bimport (?:(\w+)|\{([^}]+)\}) from "(commander|pg|yaml|zod)"/g;

/** Bundles what the compiled program below a folder imports of these packages, and lets its modules import it from there. */
export async function bundlePackages(program) {
  const place = join(program, "packages");
  const files = modulesBelow(program).map((path) => ({ path, text: readFileSync(path, "utf8") }));
  const used = new Map();
  for (const { text } of files) {
    for (const [, whole, parts = "", name] of text.matchAll(imports)) {
      const exported = whole === undefined ? parts.split(",").map((part) => part.trim()) : ["default"];
      used.set(name, new Set([...(used.get(name) ?? []), ...exported.filter((part) => part !== "")]));
    }
  }
  await bundle(used, place);
  for (const { path, text } of files) {
    const next = text.replace(imports, (clause, _whole, _parts, name) =>
      clause.replace(`"${name}"`, () => JSON.stringify(pathTo(join(place, `${name}.js`), path))),
    );
    if (next !== text) writeFileSync(path, next);
  }
}

async function bundle(used, place) {
  const { output } = await build({
    input: Object.fromEntries([...used.keys()].map((name) => [name, `entry:${name}`])),
    platform: "node",
    external: ["pg-native", "pg-cloudflare"],
    plugins: [entries(used), withoutLanguages],
    // To learn whether it runs at Cloudflare pg asks for Response, for which Node 20 loads its whole fetch.
    transform: { define: { Response: "undefined" } },
    output: { dir: place, format: "esm", minify: true, chunkFileNames: "[name].js" },
    logLevel: "warn",
  });
  writeFileSync(join(place, "LICENCES.txt"), licencesOf(output.flatMap(({ moduleIds }) => moduleIds ?? [])));
}

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

function entries(used) {
  return {
    name: "entries",
    resolveId: (id) => (id.startsWith("entry:") ? id : undefined),
    load(id) {
      const name = id.startsWith("entry:") ? id.slice("entry:".length) : undefined;
      return name === undefined ? undefined : `export { ${[...used.get(name)].join(", ")} } from "${name}";`;
    },
  };
}

// lib/config/file/issues.ts words what zod finds; English comes with zod's schemas.
const withoutLanguages = {
  name: "without-languages",
  load: (id) => (id.endsWith("/zod/v4/locales/index.js") ? "export {};" : undefined),
};

function pathTo(target, file) {
  const path = relative(dirname(file), target);
  return path.startsWith(".") ? path : `./${path}`;
}

function modulesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return modulesBelow(path);
    return path.endsWith(".js") ? [path] : [];
  });
}
