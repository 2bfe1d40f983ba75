import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { VenueName } from "../../../../lib/domain/account.ts";
import { exitKeyOf, type IpAddress } from "../../../../lib/domain/ip.ts";
import type { Incident } from "../../../../lib/domain/reputation/incident.ts";
import { type Reputation, reputationStates } from "../../../../lib/domain/reputation/reputation.ts";
import type { AccountFacts, CandidateFacts } from "../../../../lib/domain/selection/selection-facts.ts";
import {
  describeRejections,
  proxyUnavailable,
  type RejectionReason,
  rejectionReasons,
  whatEnds,
} from "../../../../lib/policy/rejection.ts";
import { type SelectionContext, select } from "../../../../lib/policy/select.ts";
import { accountFacts, type CandidateChange, candidateFacts, exit, factsOf, nowMs } from "../facts.ts";
import { alice, binance, inMs, reputation } from "./samples.ts";

const context: SelectionContext = {
  nowMs,
  excluded: new Map(),
  openable: () => true,
  order: "continuity",
  hostKey: "here",
};
const account = accountFacts({ venues: [binance] });
const [minute, hour] = [60_000, 3_600_000];

function addressOf(n: number): IpAddress {
  return exit(`203.0.113.${n}`);
}

function row(n: number, change: Partial<Reputation> = {}): Reputation {
  return reputation({ exitIp: addressOf(n), exitKey: exitKeyOf(addressOf(n)), ...change });
}

/** Candidate "proxy-n" on the exit 203.0.113.n. */
function candidate(n: number, change: CandidateChange = {}): CandidateFacts {
  return candidateFacts(n, { lastExitIp: addressOf(n), ...change });
}

function chosen(
  candidates: readonly CandidateFacts[],
  facts: Partial<AccountFacts> = {},
  change: Partial<SelectionContext> = {},
) {
  const found = select(factsOf(candidates, { account, ...facts }), { ...context, ...change });
  return {
    labels: found.kind === "chosen" ? found.ranked.map(({ proxy }) => proxy.label) : [],
    reasons: found.rejected.map(({ reason }) => reason),
    words: describeRejections(found.rejected, nowMs),
    found,
  };
}

describe("an exit that a venue holds something against", () => {
  test.each<[string, CandidateChange, RejectionReason, string]>([
    [
      "burned",
      { reputations: [row(1, { state: "burned", untilAt: inMs(2 * hour) })] },
      "burned_at",
      "proxy-1 is burned at binance (next try in 2 h)",
    ],
    [
      "burned without an end",
      { reputations: [row(1, { state: "burned" })] },
      "burned_at",
      "proxy-1 is burned at binance",
    ],
    [
      "limited",
      { reputations: [row(1, { state: "limited", untilAt: inMs(7_000) })] },
      "limited_at",
      "proxy-1 is rate-limited at binance (next try in 7 s)",
    ],
    [
      "not served",
      { reputations: [row(1, { state: "geo_blocked" })] },
      "geo_blocked_at",
      "proxy-1 stands where binance serves nobody",
    ],
    [
      "refused for the account's key",
      {
        acceptances: [
          {
            accountId: alice,
            venue: binance,
            exitIp: addressOf(1),
            exitKey: "203.0.113.1",
            state: "refused",
            by: "answer",
            why: "",
            at: nowMs,
          },
        ],
      },
      "refused_at",
      "proxy-1 has the exit 203.0.113.1, which binance refuses for this account's key",
    ],
  ])("is left out: %s", (_what, change, reason, words) => {
    expect(chosen([candidate(1, change)])).toMatchObject({ labels: [], reasons: [reason], words });
  });

  test("counts for the venues of the account, and for all of them where it trades anywhere", () => {
    const burned = candidate(1, { reputations: [row(1, { state: "burned" })] });
    const bybit = accountFacts({ venues: ["bybit" as VenueName] });
    expect(chosen([burned], { account: bybit }).labels).toEqual(["proxy-1"]);
    expect(chosen([burned], { account: accountFacts() }).reasons).toEqual(["burned_at"]);
  });

  test("comes back when its time is over, behind those that are clear", () => {
    const back = candidate(1, { reputations: [row(1, { state: "burned", untilAt: nowMs, failures: 1 })] });
    expect(chosen([back, candidate(2)]).labels).toEqual(["proxy-2", "proxy-1"]);
    expect(chosen([back]).labels).toEqual(["proxy-1"]);
    // What a stranger earned costs no failure, and is shown to be over first all the same.
    const strangers = candidate(1, { reputations: [row(1, { state: "probation" })] });
    const summary = candidate(1, { assignment: { status: "probation" } });
    for (const one of [strangers, summary])
      expect(chosen([one, candidate(2)]).labels).toEqual(["proxy-2", "proxy-1"]);
  });

  test("stands behind the others by its failures, also when it is clear", () => {
    const often = candidate(1, { reputations: [row(1, { failures: 2 })] });
    const once = candidate(2, { reputations: [row(2, { failures: 1 })] });
    expect(chosen([often, once, candidate(3)]).labels).toEqual(["proxy-3", "proxy-2", "proxy-1"]);
  });

  test("makes an account wait until the last of its reasons is over", () => {
    const both = candidate(1, {
      assignment: { cooldownUntil: inMs(minute) },
      reputations: [row(1, { state: "burned", untilAt: inMs(hour) })],
    });
    expect(chosen([both]).found).toMatchObject({ canBecomeEligibleAt: inMs(hour), exitStatus: 75 });
  });
});

test("a rate limit keeps no account from where it was: started again, it comes back there", () => {
  const limited = (n: number, lastLeasedAt: number) =>
    candidate(n, {
      assignment: { lastLeasedAt: inMs(lastLeasedAt) },
      reputations: [row(n, { state: "limited", untilAt: inMs(minute) })],
    });
  expect(chosen([limited(1, -1), candidate(2, { assignment: { priority: 2 } })]).labels[0]).toBe("proxy-1");
  expect(chosen([limited(1, -hour), candidate(2, { assignment: { lastLeasedAt: inMs(-1) } })])).toMatchObject(
    {
      labels: ["proxy-2"],
      reasons: ["limited_at"],
    },
  );
});

describe("the exits of a vendor with an incident", () => {
  const incident: Incident = {
    kind: "vendor",
    name: "vendor-a",
    since: nowMs,
    untilAt: inMs(minute),
    why: "",
  };
  const ofVendor = (n: number, provider: string) => candidate(n, { proxy: { provider } });

  test("are no candidates while it lasts", () => {
    const pool = [ofVendor(1, "vendor-a"), ofVendor(2, "vendor-b")];
    expect(chosen(pool, { incidents: [incident] })).toMatchObject({
      labels: ["proxy-2"],
      words: "proxy-1 is one of vendor-a's, which has an incident (next try in 1 min)",
    });
    expect(chosen(pool, { incidents: [{ ...incident, untilAt: nowMs }] }).labels).toHaveLength(2);
  });

  test("are candidates in an incident of a venue or a host: these blame no vendor", () => {
    for (const kind of ["venue", "host"] as const)
      expect(chosen([ofVendor(1, "vendor-a")], { incidents: [{ ...incident, kind }] }).labels).toEqual([
        "proxy-1",
      ]);
  });
});

describe("who comes first", () => {
  test("an exit of its own before one that strangers share", () => {
    const shared = candidate(1, { proxy: { metadata: { shared: "shared" } }, usedBefore: true });
    expect(chosen([shared, candidate(2)]).labels).toEqual(["proxy-2", "proxy-1"]);
  });

  test("an exit that the venue is known to accept before one of which nobody knows", () => {
    const yes = {
      accountId: alice,
      venue: binance,
      exitIp: addressOf(2),
      exitKey: "203.0.113.2",
      state: "accepted",
      by: "answer",
      why: "",
      at: nowMs,
    } as const;
    const known = candidate(2, { acceptances: [yes] });
    expect(chosen([candidate(1, { usedBefore: true }), known]).labels).toEqual(["proxy-2", "proxy-1"]);
  });
});

test.each(Object.keys(rejectionReasons) as RejectionReason[])("%s is told with what ends it", (reason) => {
  const rejection = {
    proxyId: candidate(1).proxy.id,
    label: "fra-1",
    reason,
    retryClass: "operator",
    words: rejectionReasons[reason],
    untilAt: undefined,
    sinceAt: undefined,
  } as const;
  expect(whatEnds("alice", rejection)).toMatch(/`launch |Nothing has to be done/);
  expect(proxyUnavailable(account, [rejection], nowMs).hint).toContain("launch ");
});

describe("for any facts", () => {
  const when = fc.option(
    fc.integer({ min: -2, max: 2 }).map((hours) => inMs(hours * hour)),
    { nil: undefined },
  );
  const pool = fc.array(
    fc.record({
      state: fc.constantFrom(...reputationStates),
      untilAt: when,
      failures: fc.integer({ min: 0, max: 5 }),
      provider: fc.constantFrom("vendor-a", "vendor-b"),
      priority: fc.integer({ min: 1, max: 2 }),
      cooldownUntil: when,
      lastLeasedAt: when,
    }),
    { maxLength: 6 },
  );
  const made = pool.map((rows) =>
    rows.map(({ state, untilAt, failures, provider, ...assignment }, index) =>
      candidate(index + 1, {
        proxy: { provider },
        assignment,
        reputations: [row(index + 1, { state, untilAt, failures })],
      }),
    ),
  );
  const incidents = fc
    .option(when, { nil: undefined })
    .map((untilAt): readonly Incident[] =>
      untilAt === undefined ? [] : [{ kind: "vendor", name: "vendor-a", since: nowMs, untilAt, why: "" }],
    );

  test("no burned pair, no blocked place and no vendor with an incident is ever chosen", () => {
    fc.assert(
      fc.property(made, incidents, (candidates, open) => {
        const { found } = chosen(candidates, { incidents: open });
        for (const { reputations, proxy } of found.kind === "chosen" ? found.ranked : []) {
          for (const { state, untilAt } of reputations) {
            if (state === "burned" || state === "geo_blocked")
              expect(untilAt ?? Infinity).toBeLessThanOrEqual(nowMs);
          }
          if (proxy.provider === "vendor-a") expect(open.every(({ untilAt }) => untilAt <= nowMs)).toBe(true);
        }
      }),
    );
  });

  test("the order in which facts arrive does not matter, and each candidate is ranked or rejected once", () => {
    fc.assert(
      fc.property(made, incidents, (candidates, open) => {
        const one = chosen(candidates, { incidents: open });
        const other = chosen(
          candidates.map((each) => ({ ...each, reputations: each.reputations.toReversed() })).toReversed(),
          { incidents: open },
        );
        expect(other.labels).toEqual(one.labels);
        expect(one.labels.length + one.reasons.length).toBe(candidates.length);
      }),
    );
  });

  test("waiting until the named moment makes a candidate eligible", () => {
    fc.assert(
      fc.property(made, incidents, (candidates, open) => {
        const { found } = chosen(candidates, { incidents: open });
        if (found.kind !== "none" || found.canBecomeEligibleAt === undefined) return;
        expect(found.exitStatus).toBe(75);
        expect(
          chosen(candidates, { incidents: open }, { nowMs: found.canBecomeEligibleAt }).labels,
        ).not.toEqual([]);
      }),
    );
  });
});
