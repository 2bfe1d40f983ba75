import { describe, expect, test } from "vitest";
import { exitWitness } from "../../../../lib/adapters/exit-witness/exit-witness.ts";
import { parsePublicRange } from "../../../../lib/domain/ip.ts";
import { instant, monotonic } from "../../../../lib/domain/time.ts";
import type { Clock } from "../../../../lib/ports/clock.ts";

const clock: Clock = { now: () => instant(7), monotonicMs: () => monotonic(7), after: () => () => {} };
const witness = exitWitness({ publicRanges: [parsePublicRange("127.0.0.0/8")] }, clock);
const url = "https://witness.test/";

describe("what the bot's own stack got from a witness", () => {
  test("is read like an answer of our own", () => {
    expect(witness.parse(url, { status: 200, body: '{"ip":"8.8.8.8","country":"DE"}' })).toEqual({
      kind: "seen",
      exitIp: "8.8.8.8",
      country: "DE",
      witness: url,
      seenAt: 7,
      reach: "public",
    });
  });

  test("counts as lab only inside the public ranges", () => {
    expect(witness.parse(url, { status: 200, body: "127.0.0.9" })).toMatchObject({ reach: "lab" });
    expect(witness.parse(url, { status: 200, body: "10.0.0.9" })).toMatchObject({
      kind: "unknown",
      why: expect.stringContaining("answered 10.0.0.9, which is not a public address"),
      failure: undefined,
    });
  });

  test.each([403, 204, 302])("says nothing with status %i", (status) => {
    expect(witness.parse(url, { status, body: "8.8.8.8" })).toMatchObject({
      kind: "unknown",
      why: `answered ${status}`,
    });
  });

  test("says nothing when the bot could not reach it", () => {
    expect(witness.parse(url, { error: "connect ECONNREFUSED" })).toMatchObject({
      kind: "unknown",
      why: "connect ECONNREFUSED",
    });
  });
});

test("a question that ended leaves no timer behind", async () => {
  const pending = new Set<() => void>();
  const counting: Clock = {
    ...clock,
    after(_delayMs, work) {
      pending.add(work);
      return () => void pending.delete(work);
    },
  };
  const asking = exitWitness({ publicRanges: [] }, counting).ask(
    url,
    () => {
      expect(pending.size).toBe(1);
      return Promise.reject(new Error("no"));
    },
    1_000,
  );
  expect(await asking).toMatchObject({ kind: "unknown", failure: { kind: "reset", scope: "upstream" } });
  expect(pending.size).toBe(0);
});
