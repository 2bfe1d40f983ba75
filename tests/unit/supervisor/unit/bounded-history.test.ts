import { expect, test } from "vitest";
import type { HistoryStore } from "../../../../lib/ports/store/history-store.ts";
import type { EvidenceStore } from "../../../../lib/ports/store/reputation/evidence-store.ts";
import { boundedHistory } from "../../../../lib/supervisor/unit/bounded-history.ts";
import { fakeClock } from "../../../support/fake-clock.ts";

test("history and evidence are bounded soon after the start and now and then, also when the database could not do it before", async () => {
  const clock = fakeClock();
  const asked: string[] = [];
  const keep = async (days: number): Promise<void> => {
    asked.push(`${days} d at ${clock.monotonicMs() / 1_000} s`);
    if (asked.length === 1) throw new Error("busy");
  };
  const store = { history: { keep } as HistoryStore, evidence: { keep } as EvidenceStore };
  const random = { uuid: () => "", random01: () => 0.5 };
  const bounded = boundedHistory({ store, clock, random }, { historyDays: 90, evidenceDays: 30 });
  await clock.advance(11 * 3_600_000);
  expect(asked).toEqual(["90 d at 90 s", "30 d at 90 s", "90 d at 32490 s", "30 d at 32490 s"]);
  bounded.stop();
  expect(clock.pending()).toBe(0);
});
