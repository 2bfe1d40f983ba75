import { expect, test } from "vitest";
import type { CountryCode } from "../../../../lib/domain/account.ts";
import { exitKeyOf } from "../../../../lib/domain/ip.ts";
import type { Reputation } from "../../../../lib/domain/reputation/reputation.ts";
import { describeRejections, whatEnds } from "../../../../lib/policy/rejection.ts";
import { select } from "../../../../lib/policy/select.ts";
import { accountFacts, candidateFacts, exit, factsOf, nowMs } from "../facts.ts";
import { binance, inMs, reputation } from "../reputation/samples.ts";

const context = {
  nowMs,
  excluded: new Map(),
  openable: () => true,
  order: "continuity",
  hostKey: "here",
} as const;

/** Of two exits the first was used last, and this is what its venue holds against it. */
function selected(change: Partial<Reputation>, allowed: readonly string[] = []) {
  const account = accountFacts({ venues: [binance], allowedCountries: allowed as readonly CountryCode[] });
  const [ip, other] = [exit("203.0.113.1"), exit("203.0.113.2")];
  const row = reputation({ exitIp: ip, exitKey: exitKeyOf(ip), ...change });
  const proxy = { country: "DE" as CountryCode };
  const candidates = [
    candidateFacts(1, { lastExitIp: ip, reputations: [row], assignment: { lastLeasedAt: inMs(-1) } }),
    candidateFacts(2, { lastExitIp: other, proxy, assignment: { lastLeasedAt: inMs(-2) } }),
  ];
  return select(factsOf(candidates, { account }), context);
}

test("nobody is moved round a block of the country where none is declared, also when the bot is started again", () => {
  const found = selected({ state: "geo_blocked" });
  expect(found).toMatchObject({ kind: "none", exitStatus: 69 });
  const [, second] = found.rejected;
  expect(describeRejections(found.rejected.slice(1), nowMs)).toBe(
    "proxy-2 is not tried: binance serves nobody from where proxy-1 stands, and no country is declared",
  );
  expect(second && whatEnds("alice", second)).toBe(
    "Declare from which countries it may trade with `launch account edit alice --country CODE`; only exits there are tried",
  );
});

test("a block that only a bot told of keeps the others out no longer than itself", () => {
  expect(selected({ state: "geo_blocked", untilAt: inMs(1) })).toMatchObject({
    kind: "none",
    canBecomeEligibleAt: inMs(1),
  });
  expect(selected({ state: "geo_blocked", untilAt: nowMs })).toMatchObject({ kind: "chosen" });
});

test("an exit in a declared country is taken, and so is any after another verdict than a block", () => {
  expect(selected({ state: "geo_blocked" }, ["DE"])).toMatchObject({
    kind: "chosen",
    candidate: { proxy: { label: "proxy-2" } },
  });
  for (const state of ["burned", "clear"] as const)
    expect(selected({ state, untilAt: inMs(1) }).kind).toBe("chosen");
});

test("a block of an exit that was not the last one keeps nobody from where they are", () => {
  const account = accountFacts({ venues: [binance] });
  const ip = exit("203.0.113.1");
  const row = reputation({ exitIp: ip, exitKey: exitKeyOf(ip), state: "geo_blocked" });
  const blocked = (lastLeasedAt: number | undefined) =>
    candidateFacts(1, {
      lastExitIp: ip,
      reputations: [row],
      assignment: { lastLeasedAt: lastLeasedAt === undefined ? undefined : inMs(lastLeasedAt) },
    });
  const used = candidateFacts(2, { assignment: { lastLeasedAt: inMs(-1) } });
  expect(select(factsOf([blocked(-2), used], { account }), context).kind).toBe("chosen");
  expect(select(factsOf([blocked(undefined), candidateFacts(2)], { account }), context).kind).toBe("chosen");
});
