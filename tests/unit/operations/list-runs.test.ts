import { describe, expect, test } from "vitest";
import type { Run } from "../../../lib/domain/run/run.ts";
import { botKey, collectorKey } from "../../../lib/domain/run/unit-key.ts";
import { instant } from "../../../lib/domain/time.ts";
import { judgeRun, type RunVerdict } from "../../../lib/operations/runs/judge-run.ts";
import { describeRun, listRuns } from "../../../lib/operations/runs/list-runs.ts";
import type { AccountStanding } from "../../../lib/ports/store/account-store.ts";
import {
  collectorSlot,
  mustHold,
  register,
  sampleOwner,
  storeAccount,
} from "../../contract/store/samples.ts";
import { memoryStore } from "../../support/memory-store.ts";
import { sampleLive, sampleProcess, sampleRun } from "../../support/sample-facts.ts";

const processes = (judgement: "alive" | "dead" | "elsewhere") => ({ judge: () => judgement });
const live = sampleLive;

describe("the judgement of a run", () => {
  test("a run whose launcher is gone from this host is dead, although its lease is fresh", () => {
    expect(judgeRun(live(), processes("dead"))).toBe("dead");
  });

  test("a run of another host lives as long as its lease is renewed", () => {
    expect(judgeRun(live(), processes("elsewhere"))).toBe("live");
    expect(judgeRun(live({ sinceRenewedMs: 15_001 }), processes("elsewhere"))).toBe("silent");
  });

  test("a run whose launcher is no longer known is over", () => {
    expect(judgeRun(live({ launcher: undefined, lease: undefined }), processes("dead"))).toBe("over");
  });

  test("a run that lost its lease is over, whatever its launcher does", () => {
    expect(judgeRun(live({ lease: undefined }), processes("alive"))).toBe("over");
    expect(judgeRun(live({ lease: undefined }), processes("elsewhere"))).toBe("over");
  });
});

describe("the list of ps", () => {
  const dayMs = 86_400_000;

  async function listedAfter(silentMs: number, judgement: "dead" | "elsewhere", all = false) {
    let nowMs = 0;
    const store = memoryStore({ now: () => nowMs });
    const run = sampleRun({ unit: { kind: "collector", name: "funding" } });
    await store.runs.begin(run);
    const owner = { runId: run.id, launcherId: run.launcherId, launcher: sampleProcess() };
    await mustHold(store, { slot: collectorSlot("funding"), owner });
    nowMs = silentMs;
    return (
      await listRuns(store, processes(judgement), { now: instant(nowMs), scope: all ? "all" : "running" })
    ).map(({ state }) => state);
  }

  test("leaves out a run whose launcher died here more than a day ago, unless all are asked for", async () => {
    expect(await listedAfter(dayMs, "dead")).toEqual(["launcher dead"]);
    expect(await listedAfter(dayMs + 1, "dead")).toEqual([]);
    expect(await listedAfter(dayMs + 1, "dead", true)).toEqual(["launcher dead"]);
  });

  test("never leaves out a run that may live on another host", async () => {
    expect(await listedAfter(30 * dayMs, "elsewhere")).toEqual(["silent"]);
  });
});

describe("a row of ps", () => {
  const now = instant(121_000);

  test("a dead launcher's run shows neither as running nor with a pid or an uptime", () => {
    const row = describeRun(live(), "dead", now);
    expect(row).toMatchObject({ state: "launcher dead", isLive: false, pid: undefined, uptimeMs: undefined });
    expect(row.reason).toBe("was running; its launcher (pid 4711) is gone");
  });

  test("a live run shows its uptime and the age of its proof", () => {
    const run = sampleRun({ exitProvenAt: instant(119_000) });
    expect(describeRun(live({ run }), "live", now)).toMatchObject({
      state: "running",
      uptimeMs: 60_000,
      exitAgeMs: 2_000,
      pid: 4712,
    });
  });

  test("says how the account stands, and nothing of a collector's", () => {
    const standing = (
      change: Partial<Run>,
      more: Partial<AccountStanding> = {},
      verdict: RunVerdict = "live",
    ) =>
      describeRun(live({ run: sampleRun(change) }), verdict, now, {
        isHeld: false,
        waitsUntil: undefined,
        ...more,
      }).accountState;
    expect(standing({})).toBe("running");
    expect(standing({}, { waitsUntil: instant(121_001) })).toBe("waiting");
    expect(standing({}, { waitsUntil: instant(121_000) })).toBe("running");
    expect(standing({}, { isHeld: true })).toBe("held");
    expect(standing({ phase: "switching" })).toBe("switching");
    expect(standing({ phase: "holding" })).toBe("no_exit");
    expect(standing({ phase: "holding", waitsUntil: instant(121_001) })).toBe("waiting");
    expect(standing({ phase: "holding", waitsUntil: instant(121_001) }, {}, "dead")).toBe("stopped");
    expect(standing({}, {}, "silent")).toBe("running");
    expect(standing({}, {}, "dead")).toBe("stopped");
    expect(standing({}, {}, "over")).toBe("stopped");
    expect(standing({ unit: { kind: "collector", name: "books" } })).toBeUndefined();
  });

  test("a silent run says how long its lease was not renewed", () => {
    expect(describeRun(live({ sinceRenewedMs: 40_900 }), "silent", now).reason).toBe(
      "lease not renewed for 40 s",
    );
  });
});

test("each launcher is judged once, however many runs it has", async () => {
  const store = memoryStore();
  const launcherId = sampleRun().launcherId;
  for (const name of ["a", "b", "c"]) {
    const run = sampleRun({ unit: { kind: "collector", name }, launcherId });
    await store.runs.begin(run);
    await mustHold(store, {
      slot: collectorSlot(name),
      owner: { runId: run.id, launcherId, launcher: sampleProcess() },
    });
  }
  let judged = 0;
  const counting = { judge: () => (++judged > 0 ? ("alive" as const) : "dead") };
  expect(await listRuns(store, counting, { now: instant(0), scope: "running" })).toHaveLength(3);
  expect(judged).toBe(1);
});

test("what does not run is listed too: accounts by the proxy that comes first, collectors by their name in launch.yaml", async () => {
  const store = memoryStore();
  const { account, proxy } = await storeAccount(store, "alice");
  const list = (scope: "running" | "units") =>
    listRuns(store, processes("dead"), { now: instant(0), scope, collectors: ["funding"] });
  expect(await list("running")).toEqual([]);
  expect(
    (await list("units")).map(({ unit, state, accountState, proxyLabel }) => [
      unit,
      state,
      accountState,
      proxyLabel,
    ]),
  ).toEqual([
    ["alice", "never ran", "stopped", proxy.label],
    ["funding", "never ran", undefined, undefined],
  ]);
  await store.accounts.update(account.id, { hold: { by: "maria", why: "moving" } });
  expect((await list("units"))[0]).toMatchObject({ accountState: "held" });
});

test("of a unit that its launcher does not run, the list says what that launcher says, until it ends", async () => {
  const store = memoryStore();
  const { account } = await storeAccount(store, "alice");
  const owner = sampleOwner();
  await register(store, owner);
  const unitKey = botKey(account.id);
  await store.launchers.tellIdle(owner.launcherId, {
    standingBy: [],
    idle: [
      { unitKey, state: "failed", why: "the command was not found" },
      { unitKey: collectorKey("funding"), state: "waiting", why: "no network" },
    ],
  });
  const list = () =>
    listRuns(store, processes("alive"), { now: instant(0), scope: "units", collectors: ["funding"] });
  expect(await list()).toMatchObject([
    { unit: "alice", state: "failed", reason: "the command was not found", isLive: false },
    { unit: "funding", state: "waiting", reason: "no network" },
  ]);
  const ended = sampleRun({
    unit: { kind: "bot", name: "alice", accountId: account.id },
    phase: "ended",
    reason: "exited with code 1",
    endedAt: instant(0),
  });
  await store.runs.begin(ended);
  expect((await list())[0]).toMatchObject({ state: "failed", reason: "the command was not found" });
  await store.launchers.end(owner.launcherId);
  expect(await list()).toMatchObject([{ state: "ended" }, { state: "never ran", reason: undefined }]);
});
