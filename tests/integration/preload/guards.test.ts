import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nodes, onNodes } from "./nodes.ts";
import { startTunnelLab, type TunnelLab } from "./tunnel-lab.ts";

let lab: TunnelLab;

beforeAll(async () => {
  lab = await startTunnelLab();
});
afterAll(() => lab.close());

const fixture = (name: string) => new URL(`../../fixtures/preload/${name}`, import.meta.url).pathname;
const tells = fixture("tells-guarded.cjs");
const required = JSON.stringify(tells);

test.each(
  onNodes([
    ["a file", [tells]],
    ["a text", ["-e", `require(${required})`]],
    ["a module's text", ["--input-type=module", "-e", `await import(${required})`]],
    ["a text that is printed", ["-p", `require(${required}), "guarded true"`]],
    ["frozen intrinsics", ["--frozen-intrinsics", "--no-warnings", tells]],
    ["no __proto__", ["--disable-proto=throw", tells]],
    ["no code from strings", ["--disallow-code-generation-from-strings", tells]],
    ["errors for deprecations", ["--throw-deprecation", tells]],
    ["no deprecations", ["--no-deprecation", tells]],
    ["network inspection", ["--experimental-network-inspection", tells]],
    ["internals exposed", ["--expose-internals", tells]],
    ["hooks registered by the program", ["--no-warnings", fixture("registers-hook.mjs")]],
    [
      "hooks registered ahead of the program",
      ["--no-warnings", "--import", fixture("registers-hook.mjs"), "-e", "0"],
    ],
    ["hooks named by a flag", ["--no-warnings", "--experimental-loader", fixture("hook.mjs"), "-e", "0"]],
    ["an ESM preload", ["--import", tells, "-e", "0"]],
  ] as const),
)("%s is held", async (_, node, [, args]) => {
  const ended = await lab.run("", { node: node.path, args });
  expect(ended).toMatchObject({ code: 0, stderr: "" });
  expect(new Set(ended.stdout.trim().split("\n"))).toEqual(new Set(["guarded true"]));
});

test.each(onNodes([["a program in a start-up snapshot"]] as const))(
  "%s is held from its first line",
  async (_, node) => {
    const folder = mkdtempSync(join(tmpdir(), "slipway-snapshot-"));
    const blob = join(folder, "snap.blob");
    execFileSync(node.path, ["--snapshot-blob", blob, "--build-snapshot", fixture("snapshot.cjs")], {
      stdio: "ignore",
    });
    const ended = await lab.run("", { node: node.path, args: ["--snapshot-blob", blob] });
    rmSync(folder, { recursive: true, force: true });
    expect(ended).toMatchObject({ code: 0, stderr: "guarded true\n" });
  },
);

const say = `require(${required})`;
const quoted = JSON.stringify(say);
test.each(
  onNodes([
    ...[
      "{}",
      "{ env: {} }",
      "{ execArgv: [] }",
      "{ env: {}, execArgv: [] }",
      "{ env: SHARE_ENV }",
      "{ env: SHARE_ENV, execArgv: [] }",
    ].map(
      (options) =>
        [
          `a worker with ${options}`,
          `const { Worker, SHARE_ENV } = require("worker_threads"); new Worker(${quoted}, { eval: true, ...${options} })`,
        ] as const,
    ),
    [
      "a class that extends Worker",
      `const { Worker } = require("worker_threads"); class Own extends Worker {} console.log("guarded", new Own(${quoted}, { eval: true, env: {}, execArgv: [] }) instanceof Worker)`,
    ],
    [
      "the class behind Worker",
      `const { Worker } = require("worker_threads"); new Worker.prototype.constructor(${quoted}, { eval: true, env: {}, execArgv: [] })`,
    ],
    [
      "a worker of a program that dropped the relay's variables",
      `delete process.env.HTTPS_PROXY; delete process.env.NODE_OPTIONS; new (require("worker_threads").Worker)(${quoted}, { eval: true })`,
    ],
    [
      "a worker of a worker",
      `const inner = 'new (require("worker_threads").Worker)(' + JSON.stringify(${quoted}) + ', { eval: true, env: {}, execArgv: [] })'; new (require("worker_threads").Worker)(inner, { eval: true, env: {}, execArgv: [] })`,
    ],
    [
      "a worker of an ESM import",
      `import("node:worker_threads").then(({ Worker }) => new Worker(${quoted}, { eval: true, env: {}, execArgv: [] }))`,
    ],
    ...["spawn", "execFile"].map(
      (method) =>
        [
          `a child by ${method}`,
          `require("child_process").${method}(process.execPath, [${required}], { env: {}, stdio: "inherit" }).stdout?.pipe(process.stdout)`,
        ] as const,
    ),
    ["a child by fork", `require("child_process").fork(${required}, [], { env: {}, execArgv: [] })`],
    [
      "a child by a shell",
      `require("child_process").exec('"' + process.execPath + '" ' + ${JSON.stringify(tells)}, { env: {} }).stdout.pipe(process.stdout)`,
    ],
    [
      "a child by execFileSync",
      `require("child_process").execFileSync(process.execPath, [${required}], { env: {}, stdio: "inherit" })`,
    ],
    [
      "a child of a program that dropped everything",
      `for (const name of Object.keys(process.env)) delete process.env[name]; require("child_process").spawn(process.execPath, [${required}], { stdio: "inherit" })`,
    ],
    [
      "a child with options of its own",
      `require("child_process").spawnSync(process.execPath, [${required}], { env: { NODE_OPTIONS: "--no-warnings" }, stdio: "inherit" })`,
    ],
  ] as const),
)("%s is held too", async (_, node, [, code]) => {
  const ended = await lab.run(code, { node: node.path, flags: ["--max-old-space-size=200"] });
  expect(ended).toMatchObject({ code: 0, stderr: "" });
  expect(new Set(ended.stdout.trim().split("\n"))).toEqual(new Set(["guarded true"]));
});

test.each(
  onNodes([
    [
      "a child by a native handle",
      `const { Process } = process.binding("process_wrap"), file = process.execPath; console.log(new Process().spawn({ file, args: [file], envPairs: [], stdio: [] }))`,
      "-1\n",
    ],
    [
      "a child by a native call that waits",
      `console.log(process.binding("spawn_sync").spawn(process.execPath).error)`,
      "-1\n",
    ],
    [
      "a name by a native call",
      `const c = process.binding("cares_wrap"); console.log(c.getnameinfo(new c.GetNameInfoReqWrap(), "127.0.0.1", 80))`,
      "-3008\n",
    ],
    [
      "a child that builds a start-up snapshot, which loads no preload,",
      `const { spawn, spawnSync } = require("child_process"), words = ["--build-snapshot", ${required}]; console.log(spawnSync(process.execPath, words).error?.code); try { spawn(process.execPath, words, { stdio: "inherit" }) } catch (e) { console.log(e.code) }`,
      "EPERM\nEPERM\n",
    ],
  ] as const),
)("%s is refused", async (_, node, [, code, printed]) => {
  expect(await lab.run(code, { node: node.path })).toMatchObject({ code: 0, stdout: printed });
});

const early = JSON.stringify(`--require "${fixture("asks-early.cjs")}" `);
test.each(
  onNodes([
    [
      "a child",
      `console.log(require("child_process").execFileSync(process.execPath, ["-e", "0"], { env: { ...process.env, NODE_OPTIONS }, encoding: "utf8" }).trim())`,
    ],
    [
      "a worker",
      `new (require("worker_threads").Worker)("0", { eval: true, env: { ...process.env, NODE_OPTIONS } })`,
    ],
  ] as const),
)("%s is held before the preloads that the bot's code put in front of ours", async (_, node, [, code]) => {
  const ended = await lab.run(`const NODE_OPTIONS = ${early} + process.env.NODE_OPTIONS; ${code}`, {
    node: node.path,
  });
  expect(ended).toEqual({ code: 0, signal: null, stdout: "198.18.0.1\n", stderr: "" });
});

test.each(onNodes([["a diagnostic report"]] as const))(
  "%s asks nobody for the name of an address, whatever a library sets",
  async (_, node) => {
    const code = `process.report.excludeNetwork = false; require("net").createServer().listen(0, "127.0.0.1", function () { console.log(process.report.getReport().libuv.find(({ type }) => type === "tcp").localEndpoint.host); this.close(); })`;
    const ended = await lab.run(code, { node: node.path });
    expect(ended).toEqual({ code: 0, signal: null, stdout: "127.0.0.1\n", stderr: "" });
  },
);

const withExecve = nodes.filter(({ name }) => name !== "Node 20");
test.each(onNodes([["a process that becomes another one"]] as const, withExecve))(
  "%s stays held",
  async (_, node) => {
    const code = `process.execve(process.execPath, ["node", ${required}], {})`;
    const ended = await lab.run(code, { node: node.path, flags: ["--no-warnings"] });
    expect(ended).toMatchObject({ code: 0, stdout: "guarded true\n" });
  },
);

const withFfi = nodes.filter(({ name }) => name === "Node 26");
test.each(onNodes([["node:ffi"]] as const, withFfi))(
  "%s is refused without a word on stderr",
  async (_, node) => {
    const code = `import("node:ffi").then((ffi) => { for (const call of [() => ffi.dlopen("libc.so.6", {}), () => new ffi.DynamicLibrary("libc.so.6")]) try { call(); } catch (e) { console.log(e.code); } })`;
    const ended = await lab.run(code, { node: node.path });
    expect(ended).toEqual({ code: 0, signal: null, stdout: "EPERM\nEPERM\n", stderr: "" });
  },
);

const withPermission = nodes.filter(({ name }) => name !== "Node 20");
test.each(onNodes([["--permission, which hides native handles,"]] as const, withPermission))(
  "%s ends the program before it starts",
  async (_, node) => {
    const flags = ["--permission", "--allow-fs-read=*"];
    const ended = await lab.run(`console.log("ran")`, { node: node.path, flags });
    expect(ended).toMatchObject({ code: 78, stdout: "", stderr: expect.stringContaining("--permission") });
  },
);
