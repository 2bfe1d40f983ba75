// `launch`, which adds V8's code for all that it has run to the code cache of the built program when it ends. Only set-up uses it.
const { mkdirSync, renameSync } = require("node:fs");
const path = require("node:path");
const { cacheName, isLauncher, loadProgram, openPack } = require("../bin/load-program.js");
const { writePack } = require("./write-pack.cjs");

const root = path.dirname(__dirname);
const words = process.argv.slice(2);
const scripts = new Map();
process.on("exit", record);
loadProgram(root, words, (name, script) => scripts.set(name, script));

function record() {
  const { id } = openPack(path.join(root, "dist/lib/program/program.pack"));
  const place = path.join(root, cacheName(id, isLauncher(words)));
  // What an earlier command has run is compiled in the scripts that came from its cache.
  const parts = new Map([...scripts].map(([name, script]) => [name, script.createCachedData()]));
  for (const [name, body] of earlier(place)) if (!parts.has(name)) parts.set(name, body);
  mkdirSync(path.dirname(place), { recursive: true });
  const next = `${place}.next-${process.pid}`;
  writePack(next, [...parts], id);
  renameSync(next, place);
}

function earlier(place) {
  try {
    const pack = openPack(place);
    return pack.names.map((name) => [name, pack.read(name)]);
  } catch {
    return [];
  }
}
