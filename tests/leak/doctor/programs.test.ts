import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findPrograms } from "../../../lib/leak-check/clients/find-programs.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway-programs-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a shim of Python's is asked which program it stands for, and one that does not work is left out", async () => {
  const broken = placePython("broken", "exit 1");
  const shim = placePython("shim", 'exec /usr/bin/python3 "$@"');
  const wordy = placePython("wordy", "echo Python 2");
  const { pythons, node } = await findPrograms({ PATH: `${broken}:${wordy}:${shim}:/nowhere`, HOME: folder });
  expect(node).toBe(process.execPath);
  expect(pythons.map(({ file }) => file)).toEqual([realpathSync("/usr/bin/python3")]);
});

test("every Python on the search path is asked for the libraries, the first one first", async () => {
  const modules = join(folder, "modules");
  for (const name of ["httpx", "websockets"]) mkdirSync(join(modules, name), { recursive: true });
  for (const name of ["httpx", "websockets"]) writeFileSync(join(modules, name, "__init__.py"), "raise 1");
  const own = placePython("own", `PYTHONPATH=${modules} exec /usr/bin/python3 "$@" # ${folder}`);
  const { pythons } = await findPrograms({ PATH: own, HOME: folder });
  expect(pythons[0]?.libraries).toEqual(expect.arrayContaining(["httpx", "websockets"]));
});

function placePython(name: string, line: string): string {
  const place = join(folder, name);
  mkdirSync(place);
  writeFileSync(join(place, "python3"), `#!/bin/sh\n${line}\n`);
  chmodSync(join(place, "python3"), 0o755);
  return place;
}
