import { describe, expect, test } from "vitest";
import { type CountryCode, parseCountry } from "../../../../lib/domain/account.ts";
import { majorityCountry } from "../../../../lib/domain/exit-check.ts";
import type { Incident } from "../../../../lib/domain/reputation/incident.ts";
import type { AccountFacts, CandidateFacts } from "../../../../lib/domain/selection/selection-facts.ts";
import type { Evidence, Sighting } from "../../../../lib/domain/verdict/evidence.ts";
import { describeRejections } from "../../../../lib/policy/rejection.ts";
import { judgeAnswer } from "../../../../lib/policy/reputation/answer/judge-answer.ts";
import { isRegistered } from "../../../../lib/policy/reputation/registration.ts";
import { nextReputation, reputationAt } from "../../../../lib/policy/reputation/reputation.ts";
import { type SelectionContext, select } from "../../../../lib/policy/select.ts";
import { judge } from "../../../../lib/policy/verdict/judge.ts";
import { accountFacts, candidateFacts, exit, factsOf, nowMs } from "../facts.ts";
import {
  alice,
  answer,
  answerFacts,
  binance,
  exitIp,
  exitKey,
  inMs,
  moment,
  quietGuard,
  reputation,
  scope,
} from "./samples.ts";

/*
 * The cases in which systems that rotate go wrong, by their numbers. Those that a policy decides are here; the others stand, with the
 * same words "edge case", where real parts prove them: relay, witnesses, leases, hooks, environment, secrets.
 */

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
const context: SelectionContext = {
  nowMs,
  excluded: new Map(),
  openable: () => true,
  order: "continuity",
  hostKey: "here",
};

function labelsFor(
  candidates: readonly CandidateFacts[],
  facts: Partial<AccountFacts> = {},
  change: Partial<SelectionContext> = {},
): readonly string[] {
  const account = accountFacts({ venues: [binance] });
  const found = select(factsOf(candidates, { account, ...facts }), { ...context, ...change });
  return found.kind === "chosen" ? found.ranked.map(({ proxy }) => proxy.label) : [];
}

function judged(evidence: Evidence, hostKey: string) {
  const facts = candidateFacts(1);
  const by = { actor: "system", host: "host-a", hostKey, runId: undefined, accountId: undefined };
  const sighting: Sighting = { by, proxy: facts.proxy, evidence };
  const known = { ...facts, health: undefined, sharing: [] };
  return judge(sighting, known, { control: "answers", random01: 0.5 }, nowMs);
}

describe("what is one exit", () => {
  test("edge case 1: two endpoints with one exit are one exit: what a venue holds against it counts for both", () => {
    const burned = reputation({ state: "burned", untilAt: inMs(hour) });
    const both = [1, 2].map((n) => candidateFacts(n, { lastExitIp: exitIp, reputations: [burned] }));
    expect(labelsFor(both)).toEqual([]);
    const held = [1, 2].map((n) => candidateFacts(n, { lastExitIp: exitIp, exitHeldBy: "bob" }));
    expect(labelsFor(held)).toEqual([]);
  });

  test("edge case 2: a vendor's silent swap is the proxy's fault before it is anything else, and no registered exit any more", () => {
    const swapped: Evidence = {
      kind: "exit-wrong",
      why: "saw another",
      seen: exit("198.51.100.9"),
      country: undefined,
      tookMs: 1,
    };
    const { changes, decision } = judged(swapped, "here");
    expect(decision).toMatchObject({ kind: "set-aside", exclusion: { retryClass: "operator" } });
    expect(changes).toContainEqual(
      expect.objectContaining({ on: "proxy", next: expect.objectContaining({ state: "drifted" }) }),
    );
    expect(isRegistered([exit("198.51.100.9")], [{ exitKey, until: undefined }])).toBe(false);
    // Orders that are refused meanwhile do not blame the key.
    const refused = judgeAnswer(answer("not_registered"), answerFacts({ exitSeen: "differs" }), moment());
    expect(refused).toEqual({ changes: [], decision: { kind: "none" } });
  });

  test("edge case 3: a 407 may be the vendor's list of allowed hosts: it costs this host the proxy, others nothing", () => {
    const failure = { kind: "auth", scope: "upstream", message: "407", status: 407 } as const;
    const { changes } = judged({ kind: "proxy-failed", failure, refusals: 2, tookMs: 1 }, "moved");
    expect(changes.filter(({ on }) => on === "assignment")).toEqual([]);
    const [health] = changes.flatMap((change) => (change.on === "health" ? [change.next] : []));
    expect(health).toMatchObject({ hostKey: "moved", state: "auth_failed" });
    const seenThere = health === undefined ? [] : [health];
    const proxy = { ...candidateFacts(1), health: seenThere };
    expect(labelsFor([proxy], {}, { hostKey: "moved" })).toEqual([]);
    expect(labelsFor([proxy], {}, { hostKey: "here" })).toEqual(["proxy-1"]);
  });
});

describe("what a venue's answer means", () => {
  test("edge case 5: a bot that takes a 451 for an outage and asks for ever is stopped", () => {
    for (const exit of ["failed", "passed", "silent"] as const) {
      const asked = answerFacts({ probes: { exit, candidate: "unasked" } });
      expect(judgeAnswer(answer("geo_blocked"), asked, moment()).decision.kind).toBe("stop");
    }
    const thrice = answer("waf_blocked", { times: 3 });
    const facts = answerFacts({ probes: { exit: "unasked", candidate: "passed" } });
    expect(judgeAnswer(thrice, facts, moment()).decision).toMatchObject({ kind: "leave" });
  });

  test("edge case 6: a wrong address, a wrong key and a ban share one code, and each has its own reaction", () => {
    const seen = answer("ambiguous");
    const acceptance = {
      accountId: alice,
      venue: binance,
      exitKey,
      exitIp,
      state: "accepted",
      by: "answer",
      why: "",
      at: nowMs,
    } as const;
    const decide = (change: Parameters<typeof answerFacts>[0]) =>
      judgeAnswer(seen, answerFacts(change), moment());
    expect(decide({}).decision).toMatchObject({ kind: "check-exit" });
    expect(decide({ exitSeen: "differs" })).toEqual({ changes: [], decision: { kind: "none" } });
    const wrongKey = decide({ exitSeen: "matches" });
    expect(wrongKey.decision).toEqual({ kind: "none" });
    expect(wrongKey.changes).toMatchObject([
      {
        on: "history",
        event: { kind: "account.key_refused", message: expect.stringContaining("Register 203.0.113.7") },
      },
    ]);
    expect(decide({ exitSeen: "matches", acceptance }).decision).toMatchObject({
      kind: "probe-venue",
      through: "exit",
    });
    const passed = { exit: "passed", candidate: "unasked" } as const;
    expect(decide({ exitSeen: "matches", acceptance, probes: passed }).changes).toMatchObject([
      { event: { message: expect.stringContaining("was accepted from this exit before") } },
    ]);
  });

  test("edge case 7: a ban that the bot earned stops it before it leaves, and the more of them the longer", () => {
    const earlier = [
      { accountId: alice, channel: "inside", kind: "rate_limited", times: 1, at: inMs(-minute) },
    ] as const;
    const backOff = (burnsOfDay: number) =>
      judgeAnswer(answer("ip_banned"), answerFacts({ earlier, burnsOfDay }), moment()).decision;
    expect(backOff(0)).toMatchObject({ kind: "leave", backOffMs: minute });
    expect(backOff(2)).toMatchObject({ kind: "leave", backOffMs: 4 * minute });
  });

  test("edge case 8: an outage of the venue or of this host burns nothing, although every exit is refused", () => {
    const guards = [
      quietGuard({ venues: [scope("binance", 20, 20)] }),
      quietGuard({ host: { hostKey: "here", vendors: [scope("a", 10, 10), scope("b", 10, 10)] } }),
    ];
    for (const guard of guards) {
      const { changes, decision } = judgeAnswer(answer("ip_banned"), answerFacts({ guard }), moment());
      expect(decision).toEqual({ kind: "none" });
      expect(changes.map(({ on }) => on)).toEqual(["incident"]);
    }
  });
});

describe("when nothing is left", () => {
  test("edge case 9: where all exits are burned none is tried again, and the account is told when", () => {
    const all = [1, 2, 3].map((n) =>
      candidateFacts(n, { reputations: [reputation({ state: "burned", untilAt: inMs(n * hour) })] }),
    );
    const found = select(factsOf(all, { account: accountFacts({ venues: [binance] }) }), context);
    expect(found).toMatchObject({ kind: "none", canBecomeEligibleAt: inMs(hour), exitStatus: 75 });
    expect(describeRejections(found.rejected, nowMs)).toContain(
      "proxy-1 is burned at binance (next try in 1 h)",
    );
  });

  test("edge case 10: no chance and no restart brings a burned exit back early: its end is an instant of the row", () => {
    const burn = {
      type: "burned",
      because: "ip_banned",
      untilAt: undefined,
      isStrangers: false,
      isBotsWord: false,
    } as const;
    const luckiest = nextReputation(reputation(), burn, moment(0, { random01: 0 }));
    expect(luckiest.untilAt).toBe(inMs(9 * minute));
    const readAgain = JSON.parse(JSON.stringify(luckiest)) as typeof luckiest;
    expect(reputationAt(readAgain, inMs(9 * minute - 1)).state).toBe("burned");
    // A host that slept for a day, or whose clock was set, finds the same instant.
    expect(reputationAt(readAgain, inMs(day)).state).toBe("probation");
  });

  test("edge case 12: a proxy that flaps gets nobody back: who left it stays away, and who starts takes a steady one", () => {
    const flapping = candidateFacts(1, { health: { state: "suspect" } });
    const steady = candidateFacts(2);
    expect(labelsFor([flapping, steady])).toEqual(["proxy-2", "proxy-1"]);
    const recovered = candidateFacts(1, { assignment: { priority: 1 } });
    const present = candidateFacts(2, { assignment: { priority: 2 } });
    expect(labelsFor([recovered, present], {}, { sticky: present.proxy.id })[0]).toBe("proxy-2");
  });
});

describe("what vendors say", () => {
  test("edge case 21: UK is GB, witnesses outvote a label, and the venue's own block counts whatever a label says", () => {
    expect(parseCountry("uk")).toBe("GB");
    expect(majorityCountry(["DE", "FR", "FR"] as CountryCode[])).toBe("FR");
    const german = candidateFacts(1, {
      proxy: { country: "DE" as CountryCode },
      reputations: [reputation({ state: "geo_blocked" })],
    });
    const account = accountFacts({ venues: [binance], allowedCountries: ["DE" as CountryCode] });
    expect(labelsFor([german], { account })).toEqual([]);
  });

  test("edge case 22: on an exit that strangers share a ban costs it no failure and the bot no pause, and an exit of its own comes first", () => {
    const shared = { ...answerFacts().exit, isShared: true };
    const { changes, decision } = judgeAnswer(
      answer("ip_banned"),
      answerFacts({ exit: shared, burnsOfDay: 1 }),
      moment(),
    );
    expect(decision).toMatchObject({ kind: "leave", backOffMs: 0 });
    expect(changes).toMatchObject([{ on: "reputation", next: { state: "burned", failures: 0 } }]);
    const pool = [candidateFacts(1, { proxy: { metadata: { shared: "shared" } } }), candidateFacts(2)];
    expect(labelsFor(pool)).toEqual(["proxy-2", "proxy-1"]);
  });
});

describe("what operators decide", () => {
  test("edge case 23: a hold beats everything, equals have an order, and one proxy alone is waited for", () => {
    const hold = { by: "maria", why: "moving house" };
    expect(labelsFor([candidateFacts(1)], { account: accountFacts({ hold }) })).toEqual([]);
    expect(labelsFor([candidateFacts(2), candidateFacts(1)])).toEqual(["proxy-1", "proxy-2"]);
    const only = candidateFacts(1, { reputations: [reputation({ state: "burned", untilAt: inMs(minute) })] });
    const found = select(factsOf([only], { account: accountFacts({ venues: [binance] }) }), context);
    expect(found).toMatchObject({ kind: "none", canBecomeEligibleAt: inMs(minute) });
    const revived = reputation({ because: "operator", since: nowMs });
    const older = judgeAnswer(
      answer("ip_banned", { at: inMs(-1) }),
      answerFacts({ reputation: revived }),
      moment(),
    );
    expect(older.changes).toEqual([]);
  });

  test("edge case 24: standbys of the vendor that is down are none, and another vendor's stands first", () => {
    const incident: Incident = {
      kind: "vendor",
      name: "vendor-a",
      since: nowMs,
      untilAt: inMs(minute),
      why: "",
    };
    const standby = (n: number, provider: string) => candidateFacts(n, { proxy: { provider } });
    const pool = [standby(1, "vendor-a"), standby(2, "vendor-a"), standby(3, "vendor-b")];
    expect(labelsFor(pool, { incidents: [incident] })).toEqual(["proxy-3"]);
    const lost = { provider: "vendor-a", neighbourhood: undefined };
    expect(labelsFor(pool, {}, { lost })[0]).toBe("proxy-3");
  });
});
