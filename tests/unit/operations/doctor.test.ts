import { describe, expect, test } from "vitest";
import type { DatabaseServerFacts } from "../../../lib/domain/database/server-facts.ts";
import { instant, monotonic } from "../../../lib/domain/time.ts";
import { checkKeyFile, checkStateFolder } from "../../../lib/operations/doctor/check-files.ts";
import { checkCommands, checkServer } from "../../../lib/operations/doctor/examine.ts";
import { inParallel } from "../../../lib/operations/in-parallel.ts";
import type { HostInspector, PathFacts } from "../../../lib/ports/host/host-inspector.ts";

const inspector = (facts: PathFacts, writing?: string): HostInspector => ({
  look: async () => facts,
  tryWriting: async () => writing,
  findCommand: async (name) => (name === "flock" ? "/usr/bin/flock" : undefined),
});
const clock = (nowMs: number) => ({
  now: () => instant(nowMs),
  monotonicMs: () => monotonic(0),
  after: () => () => {},
});

const serverAt = (nowMs: number, change: Partial<DatabaseServerFacts> = {}) =>
  checkServer(clock(10_000), async () => ({
    now: instant(nowMs),
    isPooled: false,
    synchronousNames: "",
    synchronousCommit: "on",
    standbys: 0,
    ...change,
  }));

describe("the doctor", () => {
  test("a key file that others can read fails with the command that closes it", async () => {
    const finding = await checkKeyFile(inspector({ kind: "file", mode: 0o640, isOurs: true }), "/s/keys");
    expect(finding).toMatchObject({ verdict: "failed", fix: "chmod 600 /s/keys" });
    expect(finding.message).toContain("0640");
  });

  test("a missing state folder fails and names launch init", async () => {
    expect(await checkStateFolder(inspector({ kind: "absent" }), "/s")).toMatchObject({
      verdict: "failed",
      fix: "launch init",
    });
  });

  test("a state folder on a full disk fails although its mode is right", async () => {
    const full = inspector({ kind: "folder", mode: 0o700, isOurs: true }, "ENOSPC");
    expect(await checkStateFolder(full, "/s")).toMatchObject({ verdict: "failed" });
  });

  test("a missing command is a warning with the package that brings it", async () => {
    const findings = await checkCommands(inspector({ kind: "absent" }));
    expect(findings.map(({ subject, verdict }) => [subject, verdict])).toEqual([
      ["setpriv", "warning"],
      ["flock", "ok"],
    ]);
  });

  test("a clock two seconds off is a warning that says which side is ahead", async () => {
    const [ahead] = await serverAt(5_000);
    expect(ahead).toMatchObject({ verdict: "warning" });
    expect(ahead?.message).toContain("5.0 s ahead of the database");
    expect(await serverAt(9_000)).toMatchObject([{ subject: "clock", verdict: "ok" }]);
  });

  test("a pooler is named, and whether leases wait for a standby", async () => {
    const none = await serverAt(10_000, { isPooled: true });
    expect(none.at(1)).toMatchObject({ subject: "database pooler", verdict: "ok" });
    const [, asynchronous] = await serverAt(10_000, { standbys: 2 });
    expect(asynchronous).toMatchObject({ subject: "database standby", verdict: "warning" });
    expect(asynchronous?.message).toContain("2 follow");
    const [, synchronous] = await serverAt(10_000, { standbys: 2, synchronousNames: "ANY 1 (*)" });
    expect(synchronous).toMatchObject({ subject: "database standby", verdict: "ok" });
    expect(synchronous?.message).toContain("ANY 1 (*)");
  });
});

test("work in parallel keeps the order of its items and never exceeds its limit", async () => {
  let running = 0;
  let most = 0;
  const results = await inParallel([1, 2, 3, 4, 5], 2, async (item) => {
    running += 1;
    most = Math.max(most, running);
    await Promise.resolve();
    running -= 1;
    return item * 10;
  });
  expect(results).toEqual([10, 20, 30, 40, 50]);
  expect(most).toBe(2);
});
