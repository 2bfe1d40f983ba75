import { expect, test } from "vitest";
import type { AccountId } from "../../../lib/domain/ids.ts";
import { exitKeyOf, type IpAddress } from "../../../lib/domain/ip.ts";
import type { Proxy } from "../../../lib/domain/proxy/proxy.ts";
import { switchDefaults as rules } from "../../../lib/domain/reputation/switch-rules.ts";
import type { AccountFacts, CandidateFacts } from "../../../lib/domain/selection/selection-facts.ts";
import type { Exclusion } from "../../../lib/policy/eligibility.ts";
import { isRegistered } from "../../../lib/policy/reputation/registration.ts";
import { clearReputation, nextReputation } from "../../../lib/policy/reputation/reputation.ts";
import { select } from "../../../lib/policy/select.ts";
import { patient } from "../../patience/patience.ts";
import { sampleAccount, sampleCandidate } from "../../support/sample-facts.ts";
import { at, exitNumber, venue } from "../../support/simulation/layout.ts";
import { randomFrom } from "../../support/simulation/world.ts";

const sequences = process.env["LAUNCH_TEST_SIZE"] === "full" ? 100_000 : 4_000;
const faultsEach = 3;

const account = sampleAccount({ venues: [venue] });
const pool = [0, 1, 2].map(
  (n) => sampleCandidate({ label: `exit-${n}`, provider: `vendor-${n % 2}` }).chosen.facts,
);
const registrations = [0, 1].map((n) => ({
  accountId: account.id as AccountId,
  exitIp: exitNumber(n) as IpAddress,
  exitKey: exitKeyOf(exitNumber(n)),
  from: at(0),
  until: undefined,
  by: "user:maria",
}));

/** What is known of an exit, and what the world would see behind its proxy. */
interface Known {
  readonly facts: CandidateFacts;
  readonly shows: IpAddress;
}

/** Burns, vendors' swaps, losses and proxies that nobody has seen yet; then the same by chance again. */
function goWrong({ facts, shows }: Known, random: () => number, nowS: number): Known {
  const now = at(nowS);
  const exitIp = facts.lastExitIp ?? shows;
  const row = facts.reputations[0] ?? clearReputation({ exitKey: exitKeyOf(exitIp), exitIp, venue }, now);
  const moment = { now, random01: random(), rules };
  const { assignment } = facts;
  switch (Math.floor(random() * 6)) {
    case 0: {
      const signal = {
        type: "burned",
        because: "ip_banned",
        untilAt: undefined,
        isStrangers: false,
        isBotsWord: false,
      } as const;
      return { facts: { ...facts, reputations: [nextReputation(row, signal, moment)] }, shows };
    }
    case 1:
      return {
        facts: {
          ...facts,
          reputations: [nextReputation(row, { type: "geo-blocked", isBotsWord: false }, moment)],
        },
        shows,
      };
    case 2:
      return {
        facts: { ...facts, assignment: { ...assignment, cooldownUntil: at(nowS + 60), failures: 1 } },
        shows,
      };
    case 3:
      return { facts: { ...facts, exitHeldBy: "bob" }, shows };
    // The vendor gives it another exit without a word: by chance one of the registered ones.
    case 4:
      return { facts, shows: exitNumber(Math.floor(random() * 5)) };
    default:
      return { facts: { ...facts, lastExitIp: undefined, reputations: [] }, shows };
  }
}

/** As a launcher chooses: by the facts, then by the proof, which looks at what the world sees. */
function exitTaken(all: readonly Known[], nowS: number): IpAddress | undefined {
  const excluded = new Map<Proxy["id"], Exclusion>();
  const facts: AccountFacts = {
    account,
    candidates: all.map((one) => one.facts),
    registrations,
    incidents: [],
  };
  const context = { nowMs: at(nowS), excluded, openable: () => true, hostKey: "here" };
  for (;;) {
    const found = select(facts, { ...context, order: "continuity" });
    if (found.kind === "none") return undefined;
    const { proxy } = found.candidate;
    const shows = all.find((one) => one.facts.proxy.id === proxy.id)?.shows;
    if (shows !== undefined && isRegistered([shows], registrations)) return shows;
    excluded.set(proxy.id, { why: "shows another exit", retryClass: "operator" });
  }
}

test(`with two registered exits a third is never taken, whatever goes wrong in ${sequences} sequences`, {
  timeout: patient(300_000),
}, () => {
  const random = randomFrom(7);
  const allowed = registrations.map(({ exitIp }) => exitIp);
  const taken = new Map<IpAddress | undefined, number>();
  for (let n = 0; n < sequences; n++) {
    let all = pool.map((facts, index): Known => {
      const shows = exitNumber(index);
      return { facts: { ...facts, lastExitIp: shows }, shows };
    });
    for (let step = 1; step <= faultsEach; step++) {
      const hit = Math.floor(random() * all.length);
      all = all.map((one, index) => (index === hit ? goWrong(one, random, step) : one));
      const exitIp = exitTaken(all, step);
      taken.set(exitIp, (taken.get(exitIp) ?? 0) + 1);
    }
  }
  expect([...taken.keys()].filter((exitIp) => exitIp !== undefined && !allowed.includes(exitIp))).toEqual([]);
  // Both were taken, and there were moments at which none could be.
  expect(taken.size).toBe(3);
});
