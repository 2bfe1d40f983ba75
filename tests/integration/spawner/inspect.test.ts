import { chmodSync, chownSync, copyFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inspectCommand } from "../../../lib/adapters/spawner/program/inspect-command.ts";

let folder = "";
const path = `${dirname(process.execPath)}:/usr/bin:/bin`;
const inspect = (...command: readonly string[]) => inspectCommand(command, folder, path);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway-inspect-"));
  const script = (name: string, text: string) => writeFileSync(join(folder, name), text, { mode: 0o755 });
  script("env-node", "#!/usr/bin/env node\n");
  script("direct-node", `#!${process.execPath}\n`);
  script("shell", "#!/bin/sh\nexec node bot.js\n");
  script("tsx", "#!/usr/bin/env node\n");
  script("node", `#!/bin/sh\ntouch ${join(folder, "was-asked")}\necho v22.0.0\n`);
  symlinkSync(process.execPath, join(folder, "my-runtime"));
  symlinkSync(join(folder, "env-node"), join(folder, "npm"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a Node binary is told by PATH, by path and through a link of another name", async () => {
  for (const command of ["node", process.execPath, "./my-runtime"]) {
    expect(await inspect(command, "bot.js")).toMatchObject({ kind: "node", version: process.version });
  }
});

test.runIf(process.getuid?.() === 0)("root asks a Node that is another user's as that user", async () => {
  const theirs = join(folder, "node20");
  copyFileSync(process.execPath, theirs);
  chownSync(theirs, 65_534, 65_534);
  // Root may start it, and its owner may not.
  chmodSync(theirs, 0o001);
  expect(await inspect("./node20")).toMatchObject({ kind: "other" });
  rmSync(theirs);
});

test("a script for Node is a Node program, directly and through env", async () => {
  expect(await inspect("./env-node")).toEqual({
    kind: "node",
    executable: join(folder, "env-node"),
    version: process.version,
  });
  expect(await inspect("./direct-node")).toMatchObject({ kind: "node" });
});

test("a Python program is told by its name, by the interpreter of its script, and through links and shims", async () => {
  const script = (name: string, text: string) => writeFileSync(join(folder, name), text, { mode: 0o755 });
  script("bot.py", "#!/usr/bin/env python3\n");
  script("freqtrade", "#!/home/trader/venv/bin/python\n");
  script("long", `#!/bin/sh\n'${"''"}exec' "/very/long/path/bin/python3.12" "$0" "$@"\n`);
  script("python3.13", "#!/usr/bin/env bash\n");
  symlinkSync("/usr/bin/python3", join(folder, "my-python"));
  for (const command of [
    "/usr/bin/python3",
    "./bot.py",
    "./freqtrade",
    "./long",
    "./python3.13",
    "./my-python",
  ])
    expect([command, await inspect(command)]).toMatchObject([command, { kind: "python" }]);
  script("python-config", "#!/bin/sh\n");
  script("sh-long", `#!/bin/sh\nexec python3 bot.py\n`);
  for (const command of ["./python-config", "./sh-long"])
    expect(await inspect(command)).toMatchObject({ kind: "other" });
});

test("shell scripts, wrappers and other programs are not Node programs", async () => {
  for (const command of ["./shell", "./tsx", "./npm", "sh", "env"]) {
    expect(await inspect(command)).toMatchObject({ kind: "other" });
  }
});

test("Node with a flag that runs the program elsewhere, or before a preload, is not a Node program", async () => {
  const natures = await Promise.all(
    [
      ["--run", "start"],
      ["--no-warnings", "--watch", "bot.js"],
      ["--build-snapshot", "bot.js"],
      ["bot.js", "--watch"],
    ].map((words) => inspectCommand([process.execPath, ...words], "/", "")),
  );
  expect(natures.map(({ kind }) => kind)).toEqual(["other", "other", "other", "node"]);
});

test("a script that calls itself node is not run to find out", async () => {
  expect(await inspect("./node")).toMatchObject({ kind: "other" });
  expect(await inspect("./was-asked")).toMatchObject({ kind: "missing" });
});

test("a command that is not there says where it was looked for", async () => {
  expect(await inspectCommand(["bot"], "/", "/a:/b")).toEqual({
    kind: "missing",
    why: '"bot" was not found in PATH (/a:/b).',
  });
});
