import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { AccountId } from "../../../../lib/domain/ids.ts";
import { exitKeyOf, type IpAddress } from "../../../../lib/domain/ip.ts";
import type { Acceptance } from "../../../../lib/domain/reputation/acceptance.ts";
import type { Incident } from "../../../../lib/domain/reputation/incident.ts";
import type { Reputation } from "../../../../lib/domain/reputation/reputation.ts";
import { instant } from "../../../../lib/domain/time.ts";
import type { Change } from "../../../../lib/domain/verdict/change.ts";
import type { Store } from "../../../../lib/ports/store/store.ts";
import { at, exitIp, sampleAccount, storeAccount, venue } from "../samples.ts";

const seven = exitIp("203.0.113.7");

/** Burned for a minute, once. */
export function sampleReputation(change: Partial<Reputation> = {}): Reputation {
  const ip: IpAddress = change.exitIp ?? seven;
  return {
    exitKey: exitKeyOf(ip),
    exitIp: ip,
    venue: venue("binance"),
    state: "burned",
    because: "ip_banned",
    untilAt: at(60_000),
    failures: 1,
    since: at(0),
    nextProbeAt: at(60_000),
    cleanMs: 0,
    ...change,
  };
}

type ReputationChange = Extract<Change, { readonly on: "reputation" }>;

export function turned(next: Reputation, expected?: ReputationChange["expected"]): Change {
  return { on: "reputation", expected, next };
}

const event = (message: string) =>
  ({
    at: at(0),
    kind: "reputation.burned",
    severity: "warning",
    actor: "system",
    host: "a",
    message,
  }) as const;

/** A signed request of the account was answered. */
export function sampleAcceptance(accountId: AccountId, change: Partial<Acceptance> = {}): Acceptance {
  const own = { state: "accepted", by: "answer", why: "A signed request was answered with 200." } as const;
  return {
    accountId,
    venue: venue("binance"),
    exitKey: exitKeyOf(seven),
    exitIp: seven,
    ...own,
    at: at(1),
    ...change,
  };
}

export function reputationContract(open: () => Promise<Store>): void {
  describe("how an exit stands at a venue", () => {
    it("is written with its event and read by exit and venue", async () => {
      const store = await open();
      const burned = sampleReputation();
      const limited = sampleReputation({
        exitIp: exitIp("2001:db8:1:2::1"),
        venue: venue("okx"),
        state: "limited",
        because: "rate_limited",
        nextProbeAt: undefined,
        cleanMs: 3_600_000_000,
      });
      const told = { ...turned(burned), event: event("burned") } as Change;
      expect(await store.apply([told, turned(limited)])).toEqual([]);
      expect(await store.reputations.list()).toEqual([burned, limited]);
      expect(await store.reputations.list({ exitKeys: ["2001:db8:1:2::/64"] })).toEqual([limited]);
      expect(await store.reputations.list({ venues: [venue("binance")] })).toEqual([burned]);
      expect(await store.reputations.list({ venues: [] })).toEqual([]);
      expect((await store.history.list({ limit: 9 })).map(({ message }) => message)).toEqual(["burned"]);
    });

    it.each([
      ["somebody wrote it first", undefined, { state: "burned", failures: 1, untilAt: at(60_000) }, false],
      ["the state moved on", { state: "probation", failures: 1, untilAt: at(60_000) }, undefined, false],
      ["a failure came", { state: "burned", failures: 0, untilAt: at(60_000) }, undefined, false],
      ["the time moved", { state: "burned", failures: 1, untilAt: at(1) }, undefined, false],
      ["it is as it was", { state: "burned", failures: 1, untilAt: at(60_000) }, undefined, true],
    ] as const)("is changed only from what was read: %s", async (_why, expected, _was, isWritten) => {
      const store = await open();
      await store.apply([turned(sampleReputation())]);
      const next = sampleReputation({ state: "clear", failures: 0, untilAt: undefined, because: undefined });
      const change = { ...turned(next, expected), event: event("cleared") } as Change;
      expect(await store.apply([change])).toEqual(isWritten ? [] : [change]);
      const [now] = await store.reputations.list();
      expect(now?.state).toBe(isWritten ? "clear" : "burned");
      expect(await store.history.list({ limit: 9 })).toHaveLength(isWritten ? 1 : 0);
    });

    it("that nothing was ever said of is clear, with or without a row", async () => {
      const store = await open();
      const clear = sampleReputation({ state: "clear", because: undefined, untilAt: undefined, failures: 0 });
      expect(await store.apply([turned(clear, { state: "clear", failures: 0, untilAt: undefined })])).toEqual(
        [],
      );
      expect(await store.apply([turned(sampleReputation())])).toEqual([]);
      const gone = turned(clear, { state: "burned", failures: 9, untilAt: undefined });
      expect(await store.apply([turned(sampleReputation({ exitIp: exitIp("203.0.113.9") })), gone])).toEqual([
        gone,
      ]);
    });
  });

  describe("whether a venue takes an account from an exit", () => {
    it("is kept for each account and venue, changes only from what was read, and goes with the account", async () => {
      const store = await open();
      const { account } = await storeAccount(store, "alice");
      const accepted = sampleAcceptance(account.id);
      const refused = sampleAcceptance(account.id, {
        state: "refused",
        by: "operator",
        why: "Not on the list.",
        at: at(2),
      });
      const first: Change = { on: "acceptance", expected: undefined, next: accepted };
      expect(await store.apply([first])).toEqual([]);
      const late: Change = { on: "acceptance", expected: undefined, next: refused };
      expect(await store.apply([late])).toEqual([late]);
      const okx = sampleAcceptance(account.id, { venue: venue("okx") });
      await store.apply([{ on: "acceptance", expected: undefined, next: okx }]);
      const turn: Change = { on: "acceptance", expected: "accepted", next: refused };
      expect(await store.apply([turn])).toEqual([]);
      expect(await store.apply([turn])).toEqual([turn]);
      expect(await store.reputations.acceptances({ accountId: account.id })).toEqual([refused, okx]);
      await store.accounts.remove(account.id);
      expect(await store.reputations.acceptances({ accountId: account.id })).toEqual([]);
      expect(await store.apply([first])).toEqual([first]);
    });
  });

  describe("the exits that an account's venues know", () => {
    it("are a list of which each address keeps its own beginning and end", async () => {
      const store = await open();
      const account = sampleAccount("alice", { registeredChanges: "1/7d", keyLabel: "main" });
      await store.accounts.create(account);
      expect(await store.accounts.find("alice")).toEqual(account);
      await store.accounts.update(account.id, { registeredChanges: undefined, keyLabel: "second" });
      expect(await store.accounts.find("alice")).toMatchObject({
        registeredChanges: undefined,
        keyLabel: "second",
      });
      const [eight, v6] = [exitIp("203.0.113.8"), exitIp("2001:db8::1")];
      await store.accounts.register(account.id, { exitIps: [seven, eight], at: at(1), by: "user:a" });
      await store.accounts.register(account.id, { exitIps: [eight, v6], at: at(2), by: "user:b" });
      await store.accounts.register(account.id, { exitIps: [eight, v6], at: at(3), by: "user:c" });
      const row = (ip: typeof seven, from: number, until: number | undefined, by: string) => ({
        accountId: account.id,
        exitIp: ip,
        exitKey: exitKeyOf(ip),
        from: at(from),
        until: until === undefined ? undefined : at(until),
        by,
      });
      expect(await store.accounts.registrations(account.id)).toEqual([
        row(seven, 1, 2, "user:a"),
        row(eight, 1, undefined, "user:a"),
        row(v6, 2, undefined, "user:b"),
      ]);
      expect((await store.accounts.facts(account.id))?.registrations).toEqual([
        row(eight, 1, undefined, "user:a"),
        row(v6, 2, undefined, "user:b"),
      ]);
      await store.accounts.register(account.id, { exitIps: [], at: at(4), by: "user:d" });
      await store.accounts.register(account.id, { exitIps: [seven], at: at(5), by: "user:d" });
      expect((await store.accounts.facts(account.id))?.registrations).toEqual([
        row(seven, 5, undefined, "user:d"),
      ]);
      await store.accounts.remove(account.id);
      expect(await store.accounts.registrations(account.id)).toEqual([]);
    });
  });

  describe("incidents", () => {
    it("begin once, are told once, last as long as they are seen, and begin anew after their end", async () => {
      const store = await open();
      const now = instant(Date.now());
      const incident = (sinceMs: number, untilMs: number): Incident => ({
        kind: "venue",
        name: "binance",
        since: instant(now + sinceMs),
        untilAt: instant(now + untilMs),
        why: "5 of 9 accounts fail.",
      });
      const seen = (next: Incident): Change => ({ on: "incident", next, event: event("incident") });
      expect(await store.apply([seen(incident(0, 60_000)), seen(incident(10, 90_000))])).toEqual([]);
      await store.apply([seen(incident(20, 30_000))]);
      expect(await store.reputations.incidents()).toEqual([incident(0, 90_000)]);
      expect(await store.history.list({ limit: 9 })).toHaveLength(1);
      const over: Incident = { ...incident(-90_000, -1), kind: "vendor", name: "webshare" };
      await store.apply([seen(over)]);
      expect(await store.reputations.incidents()).toHaveLength(1);
      await store.apply([seen({ ...over, since: now, untilAt: instant(now + 60_000) })]);
      expect(await store.reputations.incidents()).toMatchObject([
        { kind: "vendor", name: "webshare", since: now },
        { kind: "venue" },
      ]);
      await store.apply([seen({ ...over, kind: "host", name: "host-a" })]);
      const { account } = await storeAccount(store, "alice");
      expect((await store.accounts.facts(account.id))?.incidents).toHaveLength(2);
    });
  });

  describe("the facts of an account", () => {
    it("say how its exits stand at its venues, at every one for an account of any, and which it may use", async () => {
      const store = await open();
      const alice = await storeAccount(store, "alice", { venues: [venue("binance")] });
      const bob = await storeAccount(store, "bob");
      for (const { id } of [alice.proxy, bob.proxy])
        await store.proxies.recordCheck({
          proxyId: id,
          runId: undefined,
          kind: "proof",
          isOk: true,
          reason: undefined,
          latencyMs: 1,
          exitIp: seven,
          country: undefined,
          at: at(0),
        });
      const okx = sampleReputation({ venue: venue("okx"), state: "geo_blocked" });
      const elsewhere = sampleReputation({ exitIp: exitIp("203.0.113.9") });
      await store.apply([turned(sampleReputation()), turned(okx), turned(elsewhere)]);
      const accepted = sampleAcceptance(alice.account.id);
      const other = exitIp("203.0.113.9");
      const there = sampleAcceptance(alice.account.id, { exitIp: other, exitKey: exitKeyOf(other) });
      for (const next of [accepted, there])
        await store.apply([{ on: "acceptance", expected: undefined, next }]);
      const [ofAlice] = (await store.accounts.facts(alice.account.id))?.candidates ?? [];
      const [ofBob] = (await store.accounts.facts(bob.account.id))?.candidates ?? [];
      expect(ofAlice).toMatchObject({ reputations: [sampleReputation()], acceptances: [accepted] });
      expect(ofBob).toMatchObject({ reputations: [sampleReputation(), okx], acceptances: [] });
      expect((await store.accounts.facts(randomUUID() as AccountId))?.candidates).toBeUndefined();
    });
  });
}
