// Puts each preload and its modules into one file: every bot, worker and child of a bot loads it, and a search for twenty
// files cost more than what is in them.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** Replaces the compiled preloads below a folder by one file each, under the names they have. */
export function bundlePreloads(folder) {
  for (const name of ["tunnel", "observe", "hold"]) {
    const entry = join(folder, "preload", `${name}.js`);
    const text = bundle(entry, folder);
    writeFileSync(entry, text);
  }
  for (const name of ["preload/tunnel", "preload/observe", "preload/hold", "protocol"])
    rmSync(join(folder, name), { recursive: true, force: true });
}

function bundle(entry, folder) {
  const parts = new Map();
  collect(entry, folder, parts);
  const functions = [...parts].map(
    ([id, text]) => `${JSON.stringify(id)}: (module, exports, load) => {\n${text}\n},`,
  );
  return `"use strict";
const parts = {
${functions.join("\n")}
};
const loaded = Object.create(null);
function load(id) {
  if (loaded[id] === undefined) {
    loaded[id] = { exports: {} };
    parts[id](loaded[id], loaded[id].exports, load);
  }
  return loaded[id].exports;
}
load(${JSON.stringify(relative(folder, entry))});
`;
}

function collect(file, folder, parts) {
  const id = relative(folder, file);
  if (parts.has(id)) return;
  parts.set(id, "");
  const text = readFileSync(file, "utf8").replace(/\brequire\("(\.[^"]+)"\)/g, (_, path) => {
    const target = join(dirname(file), path);
    collect(target, folder, parts);
    return `load(${JSON.stringify(relative(folder, target))})`;
  });
  parts.set(id, text);
}
