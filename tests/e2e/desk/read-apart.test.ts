import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { packageRoot } from "../../../lib/config/package-root.ts";
import type { Stage } from "../../lab/stage.ts";
import { builtFile } from "../../support/built.ts";
import { e2eStage, ok } from "../../support/e2e-stage.ts";
import { eventually } from "../../support/eventually.ts";
import { isRunning } from "../../support/processes/is-running.ts";

const hook = fileURLToPath(new URL("../../fixtures/hooks/writes-loaded-parts.cjs", import.meta.url));
const { openPack } = createRequire(import.meta.url)(join(packageRoot(), "bin/load-program.js"));
const pack: { read(name: string): Buffer | undefined } = openPack(builtFile("lib/program/program.pack"));
/** What stands in no part but the library's. */
const marks = { yaml: /\byaml\.alias\b|\bBLOCK_FOLDED\b/, zod: /\b_zod\b/ };
const program = 'command: [sh, -c, "echo here; exec sleep 1000"]';

// An anchor that nobody uses: only the libraries read such a file.
const notPlain = (yaml: string): string => yaml.replace("collectors: {", "collectors: &all {");

let stage: Stage;
beforeAll(async () => {
  stage = await e2eStage({ proxies: {}, yaml: () => notPlain(`collectors: { funding: { ${program} } }`) });
});
afterAll(async () => {
  await stage.launch(["down"]);
  await stage.close();
});

/** The libraries among the parts of the program that a process has loaded, as the hook has written them down. */
async function librariesOf(pid: number, record: string): Promise<readonly string[]> {
  const lines = (await readFile(record, "utf8")).split("\n");
  const loaded = lines.flatMap((line) => /^(\d+) (.+)$/.exec(line)?.slice(1) ?? []);
  const parts = loaded.filter((_, index) => index % 2 === 1 && Number(loaded[index - 1]) === pid);
  expect(parts).toContain("main.js");
  const text = parts.map((name) => pack.read(name)?.toString("latin1") ?? "").join("\n");
  return Object.entries(marks).flatMap(([library, mark]) => (mark.test(text) ? [library] : []));
}

test.each([["in the foreground", []] as const, ["that goes on without its terminal", ["-d"]] as const])(
  "a launch up %s loads neither YAML nor the schema library, and after a reload neither",
  async (_where, words) => {
    const record = join(stage.folder, `loaded${words.join("")}`);
    const env = { NODE_OPTIONS: `--require=${hook}`, LOADED_PARTS: record };
    const yamlFile = join(stage.folder, "launch.yaml");
    const yaml = await readFile(yamlFile, "utf8");
    const up = stage.start(["up", "--json", ...words], { env });
    if (words.length === 0) await up.line(/here/);
    else expect(await up.ended).toBe(0);
    await writeFile(yamlFile, yaml.replace("funding: {", "funding: { restart: always,"));
    expect(await ok(stage, ["reload"])).toBe("~ collector funding: started anew (restart)\n0 unchanged");
    await writeFile(yamlFile, yaml);
    const pid = words.length === 0 ? up.pid : (JSON.parse(up.stdout.join("\n")) as { pid: number }).pid;
    expect(await librariesOf(pid, record)).toEqual([]);
    // What went on without its terminal has read the file itself, and is gone.
    if (words.length > 0) expect(await librariesOf(up.pid, record)).toEqual(["yaml", "zod"]);
    await ok(stage, ["down"]);
    await up.ended;
  },
);

test("a command that reads a plain launch.yaml loads neither", async () => {
  const plain = join(stage.folder, "plain.yaml");
  await writeFile(plain, (await readFile(join(stage.folder, "launch.yaml"), "utf8")).replace("&all ", ""));
  for (const file of [plain, join(stage.folder, "launch.yaml")]) {
    const record = `${file}.loaded`;
    const env = { NODE_OPTIONS: `--require=${hook}`, LOADED_PARTS: record };
    const command = stage.start(["config", "explain", "--config", file], { env });
    expect(await command.ended).toBe(0);
    expect(await librariesOf(command.pid, record)).toEqual(file === plain ? [] : ["yaml", "zod"]);
  }
});

test("what is wrong with a configuration is told as by a command that reads it itself", async () => {
  const wrong = join(stage.folder, "wrong.yaml");
  await mkdir(join(stage.folder, "folder.yaml"));
  const texts = [
    "version: 1\ncollectors: { funding: { command: [a]",
    "version: 1\ncolectors: {}\nswitch: { per_day: 0 }",
    'version: 1\ndatabase: { url: "postgres://u:hunter2@db/x" }',
    "version: 1\nvenue_files: [missing.yaml]",
  ];
  const cases = [
    ...texts.map((text) => ({ text, file: wrong })),
    { text: undefined, file: join(stage.folder, "folder.yaml") },
  ];
  for (const { text, file } of cases) {
    if (text !== undefined) writeFileSync(wrong, text);
    const told = await Promise.all(
      [["up"], ["config", "check"]].map(async (words) => {
        const { exitCode, stderr } = await stage.launch([...words, "--config", file, "--verbose"]);
        return [exitCode, stderr];
      }),
    );
    expect(told[0]).toEqual(told[1]);
    expect(told[0]).toEqual([78, expect.stringContaining("LAUNCH_CONFIG_INVALID")]);
    expect(told[0]?.[1]).not.toContain("hunter2");
  }
});

test("the process that reads gets no secret by its environment or words, and Ctrl-C ends a launcher that waits for it", async () => {
  const pipe = join(stage.folder, "pipe.yaml");
  execFileSync("mkfifo", [pipe]);
  const secret = "postgres://user:hunter2@db.example/desk";
  const up = stage.start(["up", "--config", pipe], { env: { LAUNCH_DATABASE_URL: secret } });
  const children = (): string => readFileSync(`/proc/${up.pid}/task/${up.pid}/children`, "utf8").trim();
  const reader = Number(await eventually(children, (found) => found !== ""));
  const readerFile = (name: string): string => readFileSync(`/proc/${reader}/${name}`, "utf8");
  await eventually(
    () => readerFile("cmdline"),
    (words) => words.includes("read-config"),
  );
  expect(readerFile("cmdline")).toContain(pipe);
  expect(readerFile("environ")).toContain("PATH=");
  expect(readerFile("cmdline") + readerFile("environ")).not.toContain("hunter2");
  up.signal("SIGINT");
  expect(await up.ended).toBe(130);
  // Nobody will write into it: it comes to the end of an empty file.
  writeFileSync(pipe, "");
  await eventually(
    () => isRunning(reader),
    (alive) => !alive,
  );
});
