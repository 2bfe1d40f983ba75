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

test("a file of passwords is read by its mark, and a password with an unseen character is refused by its file", async () => {
  const passFile = { path, isHandedOver: false };
  writeFileSync(path, Buffer.from("\uFEFFdb:5432:launch:desk:hunter2\r\n", "utf16le"), { mode: 0o600 });
  chmodSync(path, 0o600);
  expect(await urlWithPassword(url, passFile)).toBe(whole);
  writeFileSync(path, "db:5432:launch:desk:hunter2\u200B\n");
  await expect(urlWithPassword(url, passFile)).rejects.toThrow(/pgpass holds .*U\+200B \(zero width space\)/);
  writeFileSync(path, Buffer.from("db:5432:launch:desk:hunter2\n", "utf16le"));
  await expect(urlWithPassword(url, passFile)).rejects.toThrow(/pgpass seems to be UTF-16/);
});

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
