import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type EngineNotice, engineNotice } from "../../../lib/compose/engines/engine-notice.ts";
import { fakeClock } from "../../support/fake-clock.ts";

let folder: string;
let notice: EngineNotice | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "launch-notice-"));
});
afterEach(async () => {
  await notice?.close();
  notice = undefined;
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

/** Opens a notice under a systemd whose program only writes down what it is to say. */
function open(
  env: Readonly<Record<string, string>> = {},
  program = 'printf "%s " "$@" >>"$0.said"; echo >>"$0.said"',
) {
  const file = join(folder, "systemd-notify");
  writeFileSync(file, `#!/bin/sh\n${program}\n`);
  chmodSync(file, 0o755);
  const all = { NOTIFY_SOCKET: "/run/none", PATH: `${folder}${delimiter}${process.env["PATH"]}`, ...env };
  for (const [name, value] of Object.entries(all)) vi.stubEnv(name, value);
  const clock = fakeClock();
  const warnings: string[] = [];
  const journal = { say: ({ text }: { text: string }) => warnings.push(text) };
  const stopping = new AbortController();
  notice = engineNotice({ clock, journal }, stopping.signal);
  const said = () =>
    existsSync(`${file}.said`) ? readFileSync(`${file}.said`, "utf8").trim().split(/ *\n/) : [];
  return { notice, clock, warnings, stopping, said };
}

test("systemd hears that a launcher is ready, reads its configuration again and is ready again, stops, in this order", async () => {
  const { notice: opened, stopping, said } = open();
  expect(await opened.reloading(Promise.resolve("early"))).toBe("early");
  opened.ready("5 of 5 units run");
  await expect(opened.reloading(Promise.reject(new Error("broken")))).rejects.toThrow("broken");
  stopping.abort();
  await opened.close();
  expect(said()).toEqual(["READY=1 STATUS=5 of 5 units run", "RELOADING=1", "READY=1", "STOPPING=1"]);
});

test("a launcher that waits for its exit for a minute counts as ready, and says so when it really is", async () => {
  const { notice: opened, clock, said } = open();
  await clock.advance(59_999);
  expect(said()).toEqual([]);
  await clock.advance(1);
  opened.ready("alice runs");
  await opened.close();
  expect(said()).toEqual([expect.stringMatching(/^READY=1 STATUS=still starting/), "STATUS=alice runs"]);
});

test("signs of life come three times as often as systemd wants them, from the process that is meant only", async () => {
  const mine = open({ WATCHDOG_USEC: "120000000", WATCHDOG_PID: String(process.pid) });
  for (let turn = 0; turn < 3; turn++) await mine.clock.advance(40_000);
  await mine.notice.close();
  expect(mine.said().filter((line) => line === "WATCHDOG=1")).toHaveLength(3);
  rmSync(join(folder, "systemd-notify.said"));
  const other = open({ WATCHDOG_USEC: "120000000", WATCHDOG_PID: "1" });
  await other.clock.advance(50_000);
  await other.notice.close();
  expect(other.said()).toEqual([]);
});

test("that systemd cannot be told is said once, and keeps nothing from running", async () => {
  const { notice: opened, warnings } = open({}, "echo 'no such socket' >&2; exit 1");
  opened.ready("alice runs");
  opened.ready("alice runs");
  await opened.close();
  expect(warnings).toEqual(["systemd could not be told how this launcher stands: no such socket"]);
});

test("without systemd nothing is run", async () => {
  const { notice: opened, said, stopping } = open({ NOTIFY_SOCKET: "" });
  opened.ready("alice runs");
  stopping.abort();
  await opened.close();
  expect(said()).toEqual([]);
});
