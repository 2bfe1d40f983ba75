import { beforeEach, describe, expect, test } from "vitest";
import { renderExplanation } from "../../../lib/cli/view/explanation.ts";
import { styleFor } from "../../../lib/cli/view/style.ts";
import type { VenueName } from "../../../lib/domain/account.ts";
import type { IdleUnit } from "../../../lib/domain/desk/idle-units.ts";
import type { RunId } from "../../../lib/domain/ids.ts";
import type { ExitIp } from "../../../lib/domain/ip.ts";
import { switchDefaults } from "../../../lib/domain/reputation/switch-rules.ts";
import { botKey, collectorKey, type UnitRef, unitKeyOf } from "../../../lib/domain/run/unit-key.ts";
import { instant } from "../../../lib/domain/time.ts";
import { addAccount } from "../../../lib/operations/accounts/add-account.ts";
import { holdAccount } from "../../../lib/operations/accounts/change-account.ts";
import { burnExit } from "../../../lib/operations/exits/judge-exit.ts";
import type { KnownUnit } from "../../../lib/operations/find-by-name.ts";
import type { Reach } from "../../../lib/operations/units/ask-launcher.ts";
import { unitStatus } from "../../../lib/operations/units/unit-status.ts";
import { explanationView } from "../../../lib/operations/views/why.ts";
import { explainAccount } from "../../../lib/operations/why/explain-account.ts";
import { decideSwitch } from "../../../lib/policy/reputation/budget.ts";
import type { PermitId } from "../../../lib/ports/store/reputation/switch-store.ts";
import { mustTakeExit, register, sampleOwner } from "../../contract/store/samples.ts";
import { assignNewProxy, runThrough } from "../../support/operator/alice-on-proxies.ts";
import { allProcesses, type OperatorBench, operatorBench } from "../../support/operator/operator-bench.ts";

const binance = "binance" as VenueName;
let bench: OperatorBench;
beforeEach(async () => {
  bench = operatorBench();
  const plain = { allowedCountries: [], groupName: undefined, proxy: undefined };
  await addAccount(bench.operator, { name: "alice", venues: [binance], ...plain });
  await assignNewProxy(bench, "fra-1", 1, "203.0.113.1");
  await assignNewProxy(bench, "ams-1", 2, "203.0.113.2");
  await assignNewProxy(bench, "par-1", 3, "203.0.113.3");
});

const explain = () =>
  explainAccount(bench.operator, allProcesses("alive"), "alice", {
    rules: switchDefaults,
    order: "continuity",
  });

async function told(): Promise<string> {
  const plain = await styleFor({}, { flag: "never", env: {} });
  return renderExplanation(await explain(), plain);
}

async function runOnFra() {
  const run = await runThrough(bench, "fra-1");
  const use = {
    accountId: run.unit.kind === "bot" ? run.unit.accountId : (undefined as never),
    proxyId: run.proxyId as never,
    exitIps: ["203.0.113.1" as ExitIp] as const,
    venues: [binance],
    runId: run.id,
  };
  const { store } = bench.operator;
  await store.runs.openExitUse({ ...use, from: instant(bench.nowMs - 60_000) });
  await mustTakeExit(store, { ...use, groupName: undefined, seen: new Map(), settledEra: undefined });
  return run;
}

describe("launch why", () => {
  test("tells nothing of a collector that has the account's name, and neither do the two's states", async () => {
    const bot = await runOnFra();
    const { store } = bench.operator;
    const unit = { kind: "collector", name: "alice" } as const;
    const runId = bench.operator.random.uuid() as RunId;
    await store.runs.begin({ ...bot, id: runId, unit });
    const { accountId } = bot.unit as Extract<UnitRef, { readonly kind: "bot" }>;
    const event = { at: instant(bench.nowMs), severity: "error", actor: "system", host: "host-a" } as const;
    await store.history.append({ ...event, kind: "unit.restarting", message: "the bot's", accountId });
    await store.history.append({ ...event, kind: "unit.restarting", message: "the collector's", runId });
    const messages = (events: readonly { readonly message: string }[]) =>
      events.map(({ message }) => message).filter((message) => message.endsWith("'s"));
    expect(messages((await explain()).events)).toEqual(["the bot's"]);
    const reach = { processes: allProcesses("dead"), near: async () => [] } as unknown as Reach;
    const restartsOf = async (known: KnownUnit) =>
      messages((await unitStatus(bench.operator, reach, known, "continuity")).restarts);
    const own = { name: "alice", accountId, unitKey: botKey(accountId) };
    expect(await restartsOf({ ...own, kind: "bot" })).toEqual(["the bot's"]);
    const other = { kind: "collector", name: "alice", unitKey: collectorKey("alice") } as const;
    expect(await restartsOf({ ...other, accountId: undefined })).toEqual(["the collector's"]);
  });

  test("names the host of a bot that runs, and says why a launcher that is to run one does not", async () => {
    const run = await runOnFra();
    expect(await told()).toContain(`Its launcher is pid ${run.launcher.pid} on ${run.launcher.host}.`);
    const { store } = bench.operator;
    await store.runs.end(run.id, {
      at: instant(bench.nowMs),
      by: "launcher",
      exitCode: 0,
      reason: "stopped by user:ann",
    });
    const owner = sampleOwner();
    await register(store, owner);
    const unitKey = unitKeyOf(run.unit);
    const tell = (state: IdleUnit["state"]) =>
      store.launchers.tellIdle(owner.launcherId, {
        standingBy: [],
        idle: [{ unitKey, state, why: '"pyton3" was not found' }],
      });
    await tell("failed");
    expect(await told()).toMatch(
      /^alice does not run, and its launcher does not try again: "pyton3" was not found.*WHAT TO DO\n.*launch reload/s,
    );
    await tell("waiting");
    expect(await told()).toMatch(
      /^alice does not run, and its launcher tries again.*Nothing has to be done/s,
    );
  });

  test("says on which exit a bot is, since when, what comes next and what stands against the others", async () => {
    await runOnFra();
    await burnExit(
      bench.operator,
      { named: "par-1", why: "seen" },
      { venue: binance, untilAt: instant(bench.nowMs + 2_520_000) },
    );
    const found = await explain();
    expect(found.state).toBe("running");
    expect(found.candidates.map(({ proxyLabel, place }) => [proxyLabel, place])).toEqual([
      ["fra-1", "in_use"],
      ["ams-1", "next"],
      ["par-1", "no"],
    ]);
    const text = await told();
    expect(text).toMatch(/^alice runs\.\nIt is on fra-1 \(203\.0\.113\.1\) since .*, for 1 min\./);
    expect(text).toMatch(/ams-1 +203\.0\.113\.2 +next in line\n/);
    expect(text.replaceAll(/\s+/g, " ")).toContain("par-1 is burned at binance (next try in 42 min)");
    expect(text).toContain("(burned_at)");
    expect(text).toContain("`launch rotate alice --wait` would move it to ams-1 now.");
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test("says when a pause ends that a venue asked for, and that the exit is kept", async () => {
    const run = await runOnFra();
    const exit = { exitKey: "203.0.113.1", exitIp: "203.0.113.1" as ExitIp, venue: binance };
    const limited = { state: "limited", because: "rate_limited", failures: 0, cleanMs: 0 } as const;
    const times = {
      since: instant(bench.nowMs),
      untilAt: instant(bench.nowMs + 60_000),
      nextProbeAt: undefined,
    };
    const next = { ...exit, ...limited, ...times };
    expect(await bench.operator.store.apply([{ on: "reputation", expected: undefined, next }])).toEqual([]);
    const row = { at: instant(bench.nowMs), runId: run.id, proxyId: run.proxyId, exitIp: exit.exitIp };
    await bench.operator.store.evidence.append([
      {
        ...row,
        ...(run.unit.kind === "bot" ? { accountId: run.unit.accountId } : {}),
        venue: binance,
        hostKey: "host-a",
        channel: "inside",
        kind: "rate_limited",
        isFailure: true,
        weight: 0.9,
        times: 3,
        untilAt: times.untilAt,
        why: "binance asks for a pause of 60 s.",
      },
    ]);
    // Stored later, but seen before: the newest look comes first.
    const { store } = bench.operator;
    const earlier = { ...row, at: instant(bench.nowMs - 5_000), hostKey: "host-a", venue: binance };
    const seen = { channel: "relay", kind: "unreachable", isFailure: true, weight: 1, times: 1 } as const;
    const accountId = run.unit.kind === "bot" ? run.unit.accountId : undefined;
    await store.evidence.append([{ ...earlier, ...seen, accountId, why: "the venue was not reached." }]);
    const { state, evidence } = await explain();
    expect([state, ...evidence.map(({ kind }) => kind)]).toEqual(["waiting", "rate_limited", "unreachable"]);
    const text = await told();
    expect(text.replaceAll(/\s+/g, " ")).toContain(
      "(1 min): a venue asked for a pause, and its exit is kept.",
    );
    expect(text).toMatch(/0 s ago +inside +rate limited at +3 +in 1 min +binance asks/);
    expect(text).toContain("Nothing has to be done.");
    bench.nowMs += 60_000;
    expect(await told()).toMatch(/1 min ago +inside +rate limited at +3 +over /);
  });

  test("says of a bot that is stopped and waits how to go on at once, or what is in the way of it", async () => {
    const run = await runOnFra();
    const { store } = bench.operator;
    const waitsUntil = instant(bench.nowMs + 540_000);
    await store.runs.update(run.id, { phase: "holding", waitsUntil, proxyId: undefined });
    expect(await told()).toMatch(
      /^alice is stopped and waits until .* \(9 min\)\..*`launch rotate alice --wait` starts/s,
    );
    for (const named of ["fra-1", "ams-1", "par-1"])
      await burnExit(bench.operator, { named, why: "seen" }, { venue: binance, untilAt: undefined });
    expect(await told()).toMatch(/WHAT TO DO\n *If the venue serves it again, .*`launch revive fra-1`/s);
  });

  test("counts the planned switches and says when the next is allowed, without claiming one", async () => {
    const run = await runOnFra();
    const accountId = run.unit.kind === "bot" ? run.unit.accountId : (undefined as never);
    const subject = { accountId, runId: run.id, venues: [binance], provider: undefined, exitKey: undefined };
    const request = { ...subject, hostKey: "host-a", kind: "planned", cause: "burned" } as const;
    const { store } = bench.operator;
    await store.switches.claim({ id: "permit-1" as PermitId, request, windows: switchDefaults }, (facts) =>
      decideSwitch(request, facts, switchDefaults),
    );
    bench.nowMs += 240_000;
    for (let asked = 0; asked < 3; asked++) {
      const { budget } = await explain();
      expect([budget.usedShort, budget.usedLong]).toEqual([1, 1]);
      expect(budget.refusal?.untilAt).toBe(bench.nowMs + 360_000);
    }
    expect((await told()).replaceAll(/\s+/g, " ")).toContain(
      "The next one is allowed in 6 min: the account may make 1",
    );
  });

  test("says of a held account who holds it, and of a stopped one how to start it", async () => {
    expect(await told()).toContain("Start its bot with `launch bot --account alice`.");
    await holdAccount(bench.operator, "alice", "checking the books");
    const text = await told();
    expect(text).toContain("alice is held by user:tester: checking the books");
    expect(text).toContain("`launch account release alice`");
  });

  test("tells machines the same", async () => {
    await runOnFra();
    const view = explanationView(await explain());
    expect(view).toMatchObject({
      version: 1,
      account: "alice",
      state: "running",
      exit: { proxy: "fra-1", exit_ip: "203.0.113.1", until: null },
      planned_switches: { used_short: 0, most_short: 1, most_long: 3, refused_because: null },
    });
    expect(view.candidates.map(({ proxy, place }) => `${proxy} ${place}`)).toEqual([
      "fra-1 in_use",
      "ams-1 next",
      "par-1 free",
    ]);
  });

  test("offers the nearest name of an account that there is not", async () => {
    const asked = explainAccount(bench.operator, allProcesses("alive"), "alcie", {
      rules: switchDefaults,
      order: "continuity",
    });
    await expect(asked).rejects.toThrow('No account is named "alcie".');
  });
});
