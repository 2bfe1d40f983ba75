import { describe, expect, test } from "vitest";
import type { CountryCode } from "../../../../../lib/domain/account.ts";
import type { Acceptance } from "../../../../../lib/domain/reputation/acceptance.ts";
import type { Incident } from "../../../../../lib/domain/reputation/incident.ts";
import type { Change } from "../../../../../lib/domain/verdict/change.ts";
import type { AnswerFacts, SeenAnswer } from "../../../../../lib/policy/reputation/answer/answer-facts.ts";
import { judgeAnswer } from "../../../../../lib/policy/reputation/answer/judge-answer.ts";
import { howToRegister } from "../../../../../lib/policy/reputation/registration.ts";
import { accountFacts, nowMs } from "../../facts.ts";
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
} from "../samples.ts";

const [minute, hour] = [60_000, 3_600_000];

function judge(seen: SeenAnswer, facts: Partial<AnswerFacts> = {}) {
  return judgeAnswer(seen, answerFacts(facts), moment());
}

function eventsOf(changes: readonly Change[]) {
  return changes.flatMap((change) => ("event" in change && change.event !== undefined ? [change.event] : []));
}

const burned = reputation({ state: "burned", because: "ip_banned", failures: 1, untilAt: inMs(hour) });

describe("the history", () => {
  test.each([
    ["account_limited", "info"],
    ["account_blocked", "error"],
    ["key_refused", "error"],
    ["accepted", "info"],
    ["rate_limited", "info"],
    ["ip_banned", "warning"],
  ] as const)("takes %s as %s", (answerClass, severity) => {
    expect(eventsOf(judge(answer(answerClass)).changes)).toMatchObject([{ severity }]);
  });

  test("takes an exit that the key does not know as an error", () => {
    const { changes } = judge(answer("not_registered"), { exitSeen: "matches" });
    expect(eventsOf(changes)).toMatchObject([{ kind: "acceptance.refused", severity: "error" }]);
  });

  test("says in few words, and as no warning, that an exit is served again", () => {
    const { changes } = judge(answer("ok", { channel: "report" }), { reputation: burned });
    expect(eventsOf(changes)).toMatchObject([
      {
        severity: "info",
        message: "fra-1 (203.0.113.7) is no longer held against at binance: Binance said so.",
      },
    ]);
  });
});

describe("a ban that lasts longer than was told", () => {
  const told = ["reputation.burned"] as const;
  // The venue's own time, a tenth and half a minute more.
  const until = (ms: number) => inMs((ms - 30_000) / 1.1);
  const events = (ms: number, facts: Partial<AnswerFacts>) =>
    eventsOf(judge(answer("ip_banned", { classified: { untilAt: until(ms) } }), facts).changes);

  test("is news at once from half as long again", () => {
    expect(events(1.5 * hour, { reputation: burned, told })).toMatchObject([{ kind: "reputation.burned" }]);
    expect(events(1.5 * hour - 1_000, { reputation: burned, told })).toEqual([]);
  });

  test("by less is told where nothing was told for a while, and one that ends no later never", () => {
    expect(events(1.2 * hour, { reputation: burned })).toMatchObject([{ kind: "reputation.burned" }]);
    expect(events(0.9 * hour, { reputation: burned })).toEqual([]);
  });

  test("has no time in its words where it has no end", () => {
    const fourth = reputation({ state: "probation", failures: 4 });
    const { changes } = judge(answer("ip_banned", { channel: "probe" }), { reputation: fourth });
    expect(eventsOf(changes)).toMatchObject([
      { message: "fra-1 (203.0.113.7) is burned at binance: Binance said so." },
    ]);
  });

  test("is none of these while it is a rate limit", () => {
    const limited = reputation({ state: "limited", because: "rate_limited", untilAt: inMs(minute) });
    const seen = answer("rate_limited", { classified: { untilAt: inMs(hour) } });
    expect(eventsOf(judge(seen, { reputation: limited }).changes)).toEqual([]);
  });
});

test("a ban without a time is waited for where its own time is set to be short", () => {
  const short = moment(0, { rules: { ...moment().rules, bannedMs: minute } });
  const { decision } = judgeAnswer(answer("ip_banned"), answerFacts(), short);
  expect(decision).toEqual({ kind: "wait", untilAt: inMs(minute), why: "Binance said so." });
});

describe("an operator's word", () => {
  test("that all is well writes nothing of an exit of which nothing is known", () => {
    expect(judge(answer("ok", { channel: "operator" })).changes).toEqual([]);
  });

  test("that is said twice changes nothing the second time", () => {
    const known = { ...burned, because: "operator" } as const;
    expect(judge(answer("ip_banned", { channel: "operator" }), { reputation: known }).changes).toEqual([]);
  });
});

test("an exit that is burned already needs no second proof: nobody is asked, and the bot leaves it", () => {
  const seen = answer("ip_banned", { channel: "output" });
  expect(judge(seen, { reputation: burned })).toEqual({
    changes: [],
    decision: { kind: "leave", cause: "burned", why: "Binance said so.", backOffMs: 0 },
  });
});

test("a ban that is not the last one is not made sure of before it counts", () => {
  const third = { reputation: reputation({ state: "probation", failures: 3 }) };
  expect(judge(answer("ip_banned"), third).decision).toMatchObject({ kind: "leave" });
});

test("a rate limit where no one is served is waited for as long as one that names no time", () => {
  const row = reputation({ state: "geo_blocked" });
  expect(judge(answer("rate_limited"), { reputation: row }).decision).toMatchObject({
    kind: "wait",
    untilAt: inMs(minute),
  });
});

test("the second ban of a day is the bot's own doing, and a block of the country never is", () => {
  const second = { burnsOfDay: 1 };
  expect(judge(answer("ip_banned"), second).decision).toMatchObject({ backOffMs: 2 * minute });
  const account = accountFacts({ venues: [binance], allowedCountries: ["DE" as CountryCode] });
  const blocked = judge(answer("geo_blocked", { channel: "probe" }), { ...second, account });
  expect(blocked.decision).toMatchObject({ kind: "leave", backOffMs: 0 });
});

test("where the list may be changed at once, that is said and no time", () => {
  const account = { keyLabel: undefined, registeredChanges: "1/7d" };
  expect(howToRegister(account, { exitIp, venue: binance }, [], nowMs)).toBe(
    "Register 203.0.113.7 for the account's API key at binance; the list may be changed now.",
  );
});

test("a key that was taken from the exit before is looked at, the address not registered anew", () => {
  const acceptance: Acceptance = {
    accountId: alice,
    venue: binance,
    exitKey,
    exitIp,
    state: "accepted",
    by: "answer",
    why: "a signed request succeeded",
    at: nowMs,
  };
  const passed = { probes: { exit: "passed", candidate: "unasked" } } as const;
  const { changes } = judge(answer("ambiguous"), { acceptance, exitSeen: "matches", ...passed });
  const [event] = eventsOf(changes);
  expect(event?.message).toContain("The key was accepted from this exit before");
  expect(event?.message).not.toContain("Register");
});

describe("the opening of an incident", () => {
  const opened = (guard: Partial<AnswerFacts["guard"]>) =>
    eventsOf(judge(answer("unknown"), { guard: quietGuard(guard) }).changes);
  const open = (kind: Incident["kind"], name: string): Incident => ({
    kind,
    name,
    since: inMs(-minute),
    untilAt: inMs(1),
    why: "many fail",
  });
  const venues = [scope("binance", 10, 8)];

  test("is told once, whatever else is open at another venue, or of another kind by the same name", () => {
    const told = [
      { kind: "incident.opened", message: expect.stringMatching(/^Incident of the venue binance: /) },
    ];
    expect(opened({ venues })).toMatchObject(told);
    expect(opened({ venues, open: [open("venue", "okx"), open("vendor", "binance")] })).toMatchObject(told);
    expect(opened({ venues, open: [open("venue", "binance")] })).toEqual([]);
  });

  test("of this host names no key", () => {
    const vendors = [scope("a", 2, 2), scope("b", 2, 2)];
    const message = "Incident of this host: this host reaches no proxy of a and b. No exit is blamed for it.";
    expect(opened({ host: { hostKey: "here", vendors } })).toMatchObject([{ message }]);
  });
});
