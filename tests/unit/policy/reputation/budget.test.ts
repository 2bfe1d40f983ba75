import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Permit } from "../../../../lib/domain/reputation/switch.ts";
import { decideSwitch } from "../../../../lib/policy/reputation/budget.ts";
import { nowMs } from "../facts.ts";
import { accountNumber, inMs, permit, quietGuard, request, rules, scope, switchFacts } from "./samples.ts";

const [minute, hour] = [60_000, 3_600_000];
const decide = (change: Parameters<typeof request>[0], facts: Parameters<typeof switchFacts>[0] = {}) =>
  decideSwitch(request(change), switchFacts(facts), rules);

describe("a planned switch", () => {
  test("is granted at once where nothing stands in its way", () => {
    expect(decide({})).toEqual({ kind: "granted", delayMs: 0, incidents: [] });
  });

  test("is one in ten minutes for an account, and the time of the next is told", () => {
    const ofAccount = [permit(inMs(-4 * minute))];
    expect(decide({}, { ofAccount })).toMatchObject({
      kind: "refused",
      because: "account_budget",
      untilAt: inMs(6 * minute),
      why: "the account may make 1 planned switch in 10 min, and has",
    });
    expect(decide({}, { ofAccount: [permit(inMs(-10 * minute))] })).toMatchObject({ kind: "granted" });
  });

  test("is three in any 24 h for an account", () => {
    const ofAccount = [-23, -5, -1].map((hours) => permit(inMs(hours * hour)));
    expect(decide({}, { ofAccount })).toMatchObject({
      because: "account_budget",
      untilAt: inMs(hour),
      why: "the account may make 3 planned switches in 1 d, and has",
    });
    expect(decide({}, { ofAccount: ofAccount.slice(1) })).toMatchObject({ kind: "granted" });
  });

  test("whose account has spent both budgets is told the time at which both have room again", () => {
    const ofAccount = [-24 * hour + minute, -5 * hour, -minute].map((ms) => permit(inMs(ms)));
    expect(decide({}, { ofAccount })).toMatchObject({ untilAt: inMs(9 * minute) });
    const late = [-5 * hour, -2 * hour, -minute].map((ms) => permit(inMs(ms)));
    expect(decide({}, { ofAccount: late })).toMatchObject({ untilAt: inMs(19 * hour) });
  });

  test("is not charged for what was lost or asked for by an operator", () => {
    const ofAccount = [
      permit(inMs(-1), { kind: "lost", cause: "transport" }),
      permit(inMs(-2), { cause: "operator" }),
    ];
    expect(decide({}, { ofAccount })).toMatchObject({ kind: "granted" });
  });

  test("waits while a tenth of the running accounts began to switch within the minute", () => {
    const ofFleet = [5, 50].map((seconds) => permit(inMs(-seconds * 1000), { accountId: accountNumber(9) }));
    expect(decide({}, { ofFleet, runningAccounts: 20 })).toMatchObject({
      because: "fleet_pace",
      untilAt: inMs(10_000),
    });
    expect(decide({}, { ofFleet, runningAccounts: 29 })).toMatchObject({ because: "fleet_pace" });
    expect(decide({}, { ofFleet, runningAccounts: 30 })).toMatchObject({ kind: "granted" });
  });

  test("of a small desk is one in a minute, and begins when the last one is a minute old", () => {
    const others = (...ago: number[]) =>
      ago.map((ms) => permit(inMs(-ms), { accountId: accountNumber(ms % 9) }));
    expect(decide({}, { ofFleet: others(5_000, 50_000), runningAccounts: 1 })).toMatchObject({
      because: "fleet_pace",
      untilAt: inMs(55_000),
    });
    expect(decide({}, { ofFleet: others(minute - 1), runningAccounts: 1 })).toMatchObject({
      untilAt: inMs(1),
    });
    expect(decide({}, { ofFleet: others(minute), runningAccounts: 1 })).toMatchObject({ kind: "granted" });
  });

  test("waits for the end of an incident of its venue, and the incident is given to the store", () => {
    const guard = quietGuard({ venues: [scope("binance", 20, 8)] });
    expect(decide({}, { guard })).toMatchObject({
      kind: "refused",
      because: "incident",
      untilAt: inMs(minute),
      why: "8 of 20 accounts at binance fail on different exits, so nobody moves",
      incidents: [{ kind: "venue", name: "binance" }],
    });
  });

  test("says that others began to switch, where one has to wait for them", () => {
    const why = (count: number, runningAccounts: number) => {
      const ofFleet = Array.from({ length: count }, () => permit(inMs(-1), { accountId: accountNumber(9) }));
      return decide({}, { ofFleet, runningAccounts });
    };
    expect(why(1, 1)).toMatchObject({
      why: "within 1 min at most 1 account may begin to switch while 1 runs, and another has",
    });
    expect(why(3, 30)).toMatchObject({
      why: "within 1 min at most 3 accounts may begin to switch while 30 run, and others have",
    });
  });

  test("leads away from a vendor with an incident", () => {
    const guard = quietGuard({ vendors: [scope("vendor-a", 10, 8)] });
    expect(decide({ cause: "vendor_incident" }, { guard })).toMatchObject({ kind: "granted" });
  });

  test("that an operator asks for passes budgets, pace and incidents", () => {
    const ofAccount = [permit(inMs(-1)), permit(inMs(-hour)), permit(inMs(-2 * hour))];
    const guard = quietGuard({ venues: [scope("binance", 20, 8)] });
    const facts = { ofAccount, ofFleet: ofAccount, runningAccounts: 1, guard };
    expect(decide({ cause: "operator" }, facts)).toMatchObject({ kind: "granted", delayMs: 0 });
  });
});

describe("a lost exit", () => {
  const lost = { kind: "lost", cause: "transport" } as const;

  test("is never refused: not by a spent budget, not by an incident", () => {
    const ofAccount = [permit(inMs(-1)), permit(inMs(-hour)), permit(inMs(-2 * hour))];
    const guard = quietGuard({ venues: [scope("binance", 20, 8)] });
    expect(decide(lost, { ofAccount, guard })).toMatchObject({ kind: "granted", delayMs: 0 });
  });

  test("gets its place in line behind those that the fleet's pace lets go first", () => {
    const times = [-50_000, -40_000, -30_000, -20_000, -10_000];
    const ofFleet = times.map((ms) => permit(inMs(ms), { accountId: accountNumber(9) }));
    expect(decide(lost, { ofFleet, runningAccounts: 20 })).toMatchObject({ delayMs: 10_000 });
    expect(decide(lost, { ofFleet, runningAccounts: 60 })).toMatchObject({ delayMs: 0 });
  });

  test("of a small desk does not wait for minutes: five accounts may move at once, however few run", () => {
    const ofFleet = [-4, -3, -2, -1].map((second) =>
      permit(inMs(second * 1_000), { accountId: accountNumber(9 - second) }),
    );
    expect(decide(lost, { ofFleet, runningAccounts: 5 })).toMatchObject({ delayMs: 0 });
  });

  test("does not wait for what its own account did a moment ago: a bot that is moved again and again runs at once", () => {
    const ofFleet = [5, 4, 3, 2, 1].map((second) => permit(inMs(-second * 1_000), { cause: "operator" }));
    expect(decide(lost, { ofFleet, runningAccounts: 1 })).toMatchObject({ kind: "granted", delayMs: 0 });
  });
});

test("whatever is asked in whatever order, no window holds more than it may", () => {
  const step = fc.record({
    waitMs: fc.integer({ min: 0, max: 20 * minute }),
    account: fc.integer({ min: 0, max: 4 }),
    isLost: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 40 }), (steps, running) => {
      const granted: Permit[] = [];
      let now = nowMs as number;
      for (const { waitMs, account, isLost } of steps) {
        now += waitMs;
        const accountId = accountNumber(account);
        const kind = isLost ? ({ kind: "lost", cause: "transport" } as const) : {};
        const at = inMs(now - nowMs);
        const decision = decideSwitch(
          request({ accountId, ...kind }),
          switchFacts({
            now: at,
            ofAccount: granted.filter((one) => one.accountId === accountId && one.at > now - 24 * hour),
            ofFleet: granted.filter((one) => one.at > now - minute),
            runningAccounts: running,
          }),
          rules,
        );
        expect(isLost && decision.kind === "refused").toBe(false);
        if (decision.kind === "refused") expect(decision.untilAt).toBeGreaterThan(now);
        else granted.push(permit(inMs(now + decision.delayMs - nowMs), { accountId, ...kind }));
      }
      const most = Math.max(5, Math.floor(running / 10));
      const accountsWithin = (at: number) =>
        new Set(granted.filter((one) => one.at > at - minute && one.at <= at).map((one) => one.accountId))
          .size;
      const within = (list: readonly Permit[], at: number, ms: number) =>
        list.filter((one) => one.at > at - ms && one.at <= at).length;
      for (const { at, accountId } of granted) {
        const planned = granted.filter((one) => one.accountId === accountId && one.kind === "planned");
        expect(accountsWithin(at)).toBeLessThanOrEqual(most);
        expect(within(planned, at, 10 * minute)).toBeLessThanOrEqual(1);
        expect(within(planned, at, 24 * hour)).toBeLessThanOrEqual(3);
      }
    }),
  );
});
