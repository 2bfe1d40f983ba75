import { describe, expect, test } from "vitest";
import { exitKeyOf, type IpAddress } from "../../../../lib/domain/ip.ts";
import type { Registration } from "../../../../lib/domain/reputation/registration.ts";
import type { AccountFacts, CandidateFacts } from "../../../../lib/domain/selection/selection-facts.ts";
import { describeRejections } from "../../../../lib/policy/rejection.ts";
import { select } from "../../../../lib/policy/select.ts";
import { accountFacts, type CandidateChange, candidateFacts, exit, factsOf, nowMs } from "../facts.ts";
import { alice, binance, inMs, reputation } from "./samples.ts";

const account = accountFacts({ venues: [binance] });
const hour = 3_600_000;

function addressOf(n: number): IpAddress {
  return exit(`203.0.113.${n}`);
}

/** Candidate "proxy-n" on the exit 203.0.113.n. */
function candidate(n: number, change: CandidateChange = {}): CandidateFacts {
  return candidateFacts(n, { lastExitIp: addressOf(n), ...change });
}

function registered(...numbers: readonly number[]): Registration[] {
  return numbers.map((n) => ({
    accountId: alice,
    exitIp: addressOf(n),
    exitKey: exitKeyOf(addressOf(n)),
    from: inMs(-hour),
    until: undefined,
    by: "user:maria",
  }));
}

function chosen(candidates: readonly CandidateFacts[], facts: Partial<AccountFacts>) {
  const context = { nowMs, excluded: new Map(), openable: () => true, order: "continuity", hostKey: "here" };
  const found = select(factsOf(candidates, { account, ...facts }), { ...context, order: "continuity" });
  return {
    labels: found.kind === "chosen" ? found.ranked.map(({ proxy }) => proxy.label) : [],
    reasons: found.rejected.map(({ reason }) => reason),
    words: describeRejections(found.rejected, nowMs),
  };
}

describe("registered exits", () => {
  test("are all that an account with a list may use", () => {
    expect(
      chosen([candidate(1), candidate(2), candidate(3)], { registrations: registered(2, 3) }),
    ).toMatchObject({
      labels: ["proxy-2", "proxy-3"],
      words: "proxy-1 has the exit 203.0.113.1, which is not registered at binance",
    });
  });

  test("are told by the proof where nobody has seen the exit yet", () => {
    expect(chosen([candidateFacts(1)], { registrations: registered(2) }).labels).toEqual(["proxy-1"]);
  });

  test("are named without a venue for an account that trades anywhere", () => {
    const words = "proxy-1 has the exit 203.0.113.1, which is not registered for this account";
    expect(chosen([candidate(1)], { registrations: registered(2), account: accountFacts() }).words).toBe(
      words,
    );
  });

  test("may be told by the expected address before they were seen", () => {
    const expected = candidateFacts(1, { proxy: { expectedIp: exit("203.0.113.1") } });
    expect(chosen([expected], { registrations: registered(1) }).labels).toEqual(["proxy-1"]);
    expect(chosen([expected], { registrations: registered(2) }).reasons).toEqual(["not_registered"]);
  });

  test("that another venue refuses are no hindrance at the account's own", () => {
    const elsewhere = { venue: "bybit" as typeof binance, state: "refused", by: "answer" } as const;
    const seen = { accountId: alice, exitIp: addressOf(1), exitKey: "203.0.113.1", why: "", at: nowMs };
    const acceptances = [{ ...seen, ...elsewhere }];
    expect(chosen([candidate(1, { acceptances })], {}).labels).toEqual(["proxy-1"]);
    expect(chosen([candidate(1, { acceptances })], { account: accountFacts() }).reasons).toEqual([
      "refused_at",
    ]);
  });

  test("that a venue had refused for a stranger's doing stand behind those that were clear", () => {
    const back = reputation({ state: "probation", failures: 0 });
    expect(chosen([candidate(1, { reputations: [back] }), candidate(2)], {}).labels).toEqual([
      "proxy-2",
      "proxy-1",
    ]);
  });

  test("that were all taken off the list leave every exit free", () => {
    const gone = registered(2).map((one) => ({ ...one, until: nowMs }));
    expect(chosen([candidate(1)], { registrations: gone }).labels).toEqual(["proxy-1"]);
  });
});
