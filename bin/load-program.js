// Loads the program from its pack (scripts/bundle-program.mjs): one file with all its parts, each compiled when it is first used, from
// V8's code cache where set-up has made one. The file stays open, so that an upgrade leaves a running launcher the parts that it has
// still to load.
const { openSync, readSync } = require("node:fs");
const { join } = require("node:path");
const { Script } = require("node:vm");

/**
 * Modules of Node that a program takes milliseconds to load and uses only for some of what it does: each is loaded when something of it is
 * first used, not when a part that may use it is loaded.
 */
const lateModules = new Set([
  "child_process",
  "dns",
  "http",
  "https",
  "perf_hooks",
  "readline",
  "timers/promises",
  "tls",
  "worker_threads",
  "zlib",
]);

/** What is asked of the program alone, and needs nothing else of it. */
const shortQuestions = new Set(["--version", "-V", "--help", "-h"]);

/** Commands whose process lives as long as what it runs. */
const launchers = new Set(["bot", "collector", "up"]);

/**
 * A start grows the young part of a launcher's memory, to 16 MB with ten bots at once, and V8 gives nothing of that back while the
 * process has anything to do; the old part it lets grow to several times of what is used before it collects.
 */
const smallMemory = ["--semi-space-growth-factor=1", "--heap-growing-percent=30"];

/** What launchers load of Node; those of bots speak TLS and HTTP as well. */
const launcherModules = [
  "child_process",
  "cluster",
  "crypto",
  "dns",
  "fs/promises",
  "inspector",
  "module",
  "os",
  "perf_hooks",
  "timers/promises",
  "tty",
];
const botModules = ["http", "tls"];

/**
 * Runs the program below the package's folder, or another part of it that is run by itself. `onScript` learns each part's name and
 * script when it was compiled.
 */
function loadProgram(root, words, onScript, entry = "main.js") {
  if (isLauncher(words)) saveMemory(words);
  const program = openPack(join(root, "dist/lib/program/program.pack"));
  const cache = openCache(join(root, cacheName(program.id, isLauncher(words))));
  // What a stack says; the file is there only in the source map's eyes.
  const folder = join(root, "dist/lib/program", program.id);
  const loaded = new Map();

  function load(name) {
    const known = loaded.get(name);
    if (known !== undefined) return known.exports;
    const source = program.read(name).latin1Slice();
    const filename = join(folder, name);
    const script = new Script(source, { filename, cachedData: cache?.read(name) });
    onScript?.(name, script);
    const module = { exports: {} };
    loaded.set(name, module);
    const needed = (id) => (id.startsWith("./") ? load(id.slice(2)) : builtIn(id));
    script.runInThisContext().call(module.exports, module.exports, needed, module, filename, folder);
    return module.exports;
  }
  return load(words.length === 1 && shortQuestions.has(words[0]) ? "short-answers.js" : entry);
}

/**
 * V8 takes cached code only under the flags under which it was made. So they are set before anything of ours is compiled, and after what
 * Node has in a cache of its own, which takes twice as long to load without.
 */
function saveMemory(words) {
  const modules = words.includes("collector") ? launcherModules : [...launcherModules, ...botModules];
  for (const name of modules) require(`node:${name}`);
  for (const flag of smallMemory) require("node:v8").setFlagsFromString(flag);
}

function builtIn(id) {
  if (!lateModules.has(id.replace(/^node:/, ""))) return require(id);
  return new Proxy({}, { get: (_, name) => require(id)[name] });
}

// The words that a shell wants completed start nothing.
function isLauncher(words) {
  return words[0] !== "completion" && words.some((word) => launchers.has(word));
}

/** Where V8's code for the parts of a program lies: it fits one version of Node, one kind of processor and one set of flags. */
function cacheName(id, forLaunchers) {
  return `dist/code-cache/${id}-${process.version}-${process.arch}-${forLaunchers ? "launcher" : "command"}.pack`;
}

// One that is missing or damaged only makes the start slower.
function openCache(path) {
  try {
    const { read } = openPack(path);
    return { read: (name) => orNothing(() => read(name)) };
  } catch {
    return undefined;
  }
}

function orNothing(read) {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function openPack(path) {
  const file = openSync(path, "r");
  const head = 12;
  const length = Number(bytesAt(file, 0, head));
  const { id, parts } = JSON.parse(bytesAt(file, head, length));
  return {
    id,
    names: Object.keys(parts),
    /** The bytes of a part; undefined for one that it does not have. */
    read(name) {
      const place = parts[name];
      return place === undefined ? undefined : bytesAt(file, head + length + place[0], place[1]);
    },
  };
}

function bytesAt(file, position, length) {
  const bytes = Buffer.allocUnsafeSlow(length);
  for (let done = 0; done < length; ) {
    const count = readSync(file, bytes, done, length - done, position + done);
    if (count === 0)
      throw Object.assign(new Error("A pack is shorter than its index says."), { code: "SHORT_PACK" });
    done += count;
  }
  return bytes;
}

module.exports = { cacheName, isLauncher, loadProgram, openPack };
