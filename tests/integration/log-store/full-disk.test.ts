import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { packageRoot } from "../../../lib/config/package-root.ts";

const fixture = fileURLToPath(new URL("../../fixtures/logs/fills-disk.mjs", import.meta.url));

// In a mount namespace of its own, with a file system of 128 KiB.
test("what a full disk does not take is counted in the log when there is room again, and no line is cut in two", () => {
  expect(existsSync(`${packageRoot()}/dist/lib/adapters/log-store/log-store.js`)).toBe(true);
  const script = 'mount -t tmpfs -o size=128k tmpfs /mnt && exec "$@"';
  const words = [
    "--map-root-user",
    "--mount",
    "sh",
    "-c",
    script,
    "sh",
    process.execPath,
    fixture,
    packageRoot(),
    "/mnt",
  ];
  const { troubles, text, taken } = JSON.parse(execFileSync("unshare", words, { encoding: "utf8" })) as {
    troubles: readonly string[];
    text: string;
    taken: number;
  };
  expect(troubles).toEqual([
    expect.stringMatching(/^The log \/mnt\/bot\.log cannot be written: the disk is full \(ENOSPC\)/),
    expect.stringMatching(/is written again; \d+ lines are missing in it\.$/),
  ]);
  expect(taken).toBe(1200);
  const lines = text.trimEnd().split("\n");
  const missing = Number(/(\d+) lines are missing here/.exec(text)?.[1]);
  expect(missing).toBeGreaterThan(400);
  const whole = lines.filter((line) => /Z \.+\d+$/.test(line) && line.length === 124);
  expect(whole.length + missing).toBe(1201);
  expect(lines.at(-2)).toMatch(/Z \.+1200$/);
});
