import { describe, expect, it } from "vitest";
import { exitKeyOf } from "../../../../lib/domain/ip.ts";
import type { EvidenceRow } from "../../../../lib/domain/verdict/evidence-row.ts";
import type { Store } from "../../../../lib/ports/store/store.ts";
import { at, exitIp, sampleAccount, sampleOwner, venue } from "../samples.ts";

/** A ban that a bot of the account saw. */
export function sampleEvidence(change: Partial<EvidenceRow> = {}): EvidenceRow {
  return {
    at: at(0),
    accountId: undefined,
    runId: undefined,
    proxyId: undefined,
    exitIp: undefined,
    venue: venue("binance"),
    provider: undefined,
    hostKey: "host-a",
    channel: "inside",
    kind: "ip_banned",
    isFailure: true,
    weight: 0.9,
    times: 1,
    untilAt: undefined,
    why: "Binance answered 418.",
    detail: undefined,
    ...change,
  };
}

export function evidenceContract(open: () => Promise<Store>): void {
  describe("evidence", () => {
    it("comes back whole and newest first, of all, of an account or of an exit", async () => {
      const store = await open();
      const [alice, bob] = [sampleAccount("alice"), sampleAccount("bob")];
      const { runId } = sampleOwner();
      const whole = sampleEvidence({
        accountId: alice.id,
        runId,
        exitIp: exitIp("2001:db8:1:2::1"),
        provider: "webshare",
        times: 3,
        untilAt: at(60_000),
        detail: { status: 418, headers: { "retry-after": "60" }, rule: "binance/418" },
      });
      const other = sampleEvidence({
        accountId: bob.id,
        kind: "connect_failed",
        venue: undefined,
        weight: 0.6,
      });
      await store.evidence.append([whole, other]);
      await store.evidence.append([]);
      await store.evidence.append([{ ...whole, kind: "ok", isFailure: false }]);
      expect(await store.evidence.list({ accountId: bob.id, limit: 9 })).toEqual([other]);
      const exitKey = exitKeyOf(exitIp("2001:db8:1:2::ffff"));
      expect(await store.evidence.list({ exitKey, limit: 9 })).toEqual([
        { ...whole, kind: "ok", isFailure: false },
        whole,
      ]);
      expect(await store.evidence.list({ limit: 2 })).toHaveLength(2);
      expect(await store.evidence.list({ withinMs: 60_000, limit: 9 })).toHaveLength(3);
      expect(await store.evidence.list({ withinMs: 0, limit: 9 })).toEqual([]);
    });

    it("with what no database can hold as text is kept with the rest of its batch", async () => {
      const store = await open();
      const odd = sampleEvidence({ why: "a zero \0 and half a pair \ud800", detail: { body: "\0" } });
      await store.evidence.append([odd, sampleEvidence()]);
      expect((await store.evidence.list({ limit: 9 })).map(({ why }) => why.slice(0, 6)).toSorted()).toEqual([
        "Binanc",
        "a zero",
      ]);
    });
  });
}
