import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeFolder } from "../../../lib/adapters/host-files/make-folder.ts";
import { makePrivateFolder } from "../../../lib/adapters/host-files/new-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway-folder-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a folder is made with those above it, each with the mode, and kept when it is there", () => {
  const path = join(folder, "a", "b", "c");
  makeFolder(path, 0o700);
  makeFolder(path, 0o755);
  expect([path, join(folder, "a")].map((made) => statSync(made).mode & 0o777)).toEqual([0o700, 0o700]);
});

test.each(["/proc/x", "/proc/x/y/z", "/proc/self/fd/x/y"])(
  "%s cannot be made, and the trial comes back",
  (path) => {
    expect(() => makeFolder(path)).toThrow("ENOENT");
  },
);

test("a state folder that cannot be made is an error with the next command", async () => {
  const error = await makePrivateFolder("/proc/x/y").catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    code: "LAUNCH_STATE_UNUSABLE",
    hint: expect.stringContaining("--state-dir"),
  });
});
