import { describe, expect, test } from "vitest";
import type { LauncherId, RunId } from "../../../../lib/domain/ids.ts";
import type { LeaseOwner } from "../../../../lib/domain/run/lease.ts";
import { type TakeAttempt, type TakeProof, takeLease } from "../../../../lib/supervisor/lease/take-lease.ts";
import { fakeClock } from "../../../support/fake-clock.ts";
import { sampleProcess } from "../../../support/sample-facts.ts";

const ownerOf = (run: string): LeaseOwner => ({
  runId: run as RunId,
  launcherId: "other" as LauncherId,
  launcher: sampleProcess({ host: "host-b" }),
});

interface Row {
  readonly owner: LeaseOwner;
  readonly mark: string;
  readonly isRevoked?: boolean;
}

/** Takes from a row that changes with time, as the judge of processes says. */
function taking(options: {
  readonly row: (nowMs: number) => Row | undefined;
  readonly verdict?: "alive" | "dead" | "elsewhere";
  readonly isPatient?: boolean;
  readonly ttlMs?: number;
}) {
  const clock = fakeClock();
  const log: string[] = [];
  const abort = new AbortController();
  let attempts = 0;
  const attempt = async ({ mark }: TakeProof): Promise<TakeAttempt<number>> => {
    attempts++;
    const row = options.row(clock.monotonicMs());
    if (row === undefined || row.mark === mark) {
      log.push(`held at ${clock.monotonicMs()}`);
      return { kind: "held", held: 1 };
    }
    return { kind: "busy", isRevoked: false, ...row, ttlMs: options.ttlMs ?? 15_000 };
  };
  const outcome = takeLease({
    attempt,
    clock,
    processes: { judge: () => options.verdict ?? "elsewhere" },
    spawner: {
      async killSurvivors(runId) {
        log.push(`killed what is left of ${runId}`);
        return [];
      },
    },
    onWait: () => {},
    isPatient: options.isPatient ?? true,
    signal: abort.signal,
  }).then(
    (taken) => log.push(taken.kind === "refused" ? `refused at ${clock.monotonicMs()}` : taken.kind),
    (error: unknown) => log.push(`gave up: ${String(error)}`),
  );
  return { clock, log, abort, outcome, attempts: () => attempts };
}

const silent = { owner: ownerOf("run-b"), mark: "1:1" };
const renewing = (nowMs: number): Row => ({
  owner: ownerOf("run-b"),
  mark: `1:${Math.floor(nowMs / 4_000)}`,
});

describe("a lease that another run has", () => {
  test("is taken when it is free", async () => {
    const bench = taking({ row: () => undefined });
    await bench.clock.settle();
    expect(bench.log).toEqual(["held at 0", "held"]);
  });

  test("is refused at once while its launcher lives on this host, even a silent one", async () => {
    const bench = taking({ row: () => silent, verdict: "alive" });
    await bench.clock.settle();
    expect(bench.log).toEqual(["refused at 0"]);
  });

  test("is taken at once from a dead process of this host, after what is left of it was killed", async () => {
    const bench = taking({ row: () => silent, verdict: "dead" });
    await bench.clock.settle();
    expect(bench.log).toEqual(["killed what is left of run-b", "held at 0", "held"]);
  });

  test("is taken after one whole TTL of silence of a process that nobody here can judge", async () => {
    const bench = taking({ row: () => silent });
    await bench.clock.advance(14_900);
    expect(bench.log).toEqual([]);
    await bench.clock.advance(200);
    expect(bench.log).toEqual(["held at 15000", "held"]);
  });

  test("is taken after the holder's TTL, not the taker's own", async () => {
    for (const ttlMs of [10_000, 90_000, 300_000]) {
      const bench = taking({ row: () => silent, ttlMs });
      await bench.clock.advance(ttlMs - 100);
      expect(bench.log).toEqual([]);
      await bench.clock.advance(200);
      expect(bench.log).toEqual([`held at ${ttlMs}`, "held"]);
    }
  });

  test("is refused after half a minute by a holder that renews, however long its TTL", async () => {
    const bench = taking({ row: renewing, ttlMs: 300_000 });
    await bench.clock.advance(31_000);
    expect(bench.log).toEqual(["refused at 30000"]);
  });

  test("is never taken from a holder that renews, and refused after two TTLs", async () => {
    const bench = taking({ row: renewing });
    await bench.clock.advance(31_000);
    expect(bench.log).toEqual(["refused at 30000"]);
  });

  test("is refused at the first renewal by whoever has no patience", async () => {
    const bench = taking({ row: renewing, isPatient: false });
    await bench.clock.advance(31_000);
    expect(bench.log).toEqual(["refused at 4000"]);
  });

  test("starts its silence anew when it changes hands, also for the impatient", async () => {
    const row = (nowMs: number) => (nowMs < 5_000 ? silent : { owner: ownerOf("run-c"), mark: "2:1" });
    const bench = taking({ row, isPatient: false });
    await bench.clock.advance(31_000);
    expect(bench.log).toEqual(["held at 20000", "held"]);
  });

  test("is asked for no more than twice a second, whatever the verdict", async () => {
    for (const verdict of ["dead", "elsewhere"] as const) {
      let heartbeat = 0;
      const bench = taking({ row: () => ({ owner: ownerOf("run-b"), mark: `1:${heartbeat++}` }), verdict });
      await bench.clock.advance(10_000);
      expect(bench.attempts()).toBeLessThanOrEqual(verdict === "dead" ? 23 : 21);
    }
  });

  test("is given up when the run is asked to stop", async () => {
    const bench = taking({ row: renewing });
    await bench.clock.advance(1_000);
    bench.abort.abort(new Error("given up"));
    await bench.clock.settle();
    expect(bench.log).toEqual(["gave up: Error: given up"]);
    expect(bench.clock.pending()).toBe(0);
  });
});
