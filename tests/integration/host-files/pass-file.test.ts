import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { urlWithPassword } from "../../../lib/adapters/postgres-link/pass-file.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "launch-pass-"));
  path = join(folder, "pgpass");
  writeFileSync(path, "db:5432:launch:desk:hunter2\n");
});
afterEach(() => rmSync(folder, { recursive: true }));

const url = "postgres://desk@db/launch";
const whole = "postgres://desk:hunter2@db/launch";

test.each([
  [0o600, false, true],
  [0o440, false, false],
  [0o440, true, true],
  [0o444, true, false],
] as const)(
  "a file of passwords of mode %o, handed over: %s, is taken: %s",
  async (mode, isHandedOver, isTaken) => {
    chmodSync(path, mode);
    const read = urlWithPassword(url, { path, isHandedOver });
    if (isTaken) expect(await read).toBe(whole);
    else await expect(read).rejects.toThrow(/holds passwords, and other users can read it/);
  },
);
