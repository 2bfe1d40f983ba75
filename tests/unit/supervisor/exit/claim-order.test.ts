import { describe, expect, test } from "vitest";
import { processOf, relayOf } from "../../../support/fleet/fleet.ts";
import { bench, labelOf, runningBench } from "../bench.ts";

function held<T>(): { readonly promise: Promise<T>; release(value: T): void } {
  let release: (value: T) => void = () => {};
  const promise = new Promise<T>((resolve) => {
    release = resolve;
  });
  return { promise, release: (value) => release(value) };
}

describe("what is still to be written when an exit is taken", () => {
  test("is not waited for by a bot's first start", async () => {
    const made = await bench();
    const { ports } = made.launcher;
    const writing = held<readonly never[]>();
    const apply = ports.store.apply.bind(ports.store);
    Object.assign(ports.store, { apply: () => writing.promise });
    await made.fleet.clock.advance(10);
    expect(processOf(made.launcher, made.run)).toBeDefined();
    Object.assign(ports.store, { apply });
    writing.release([]);
  });

  test("is waited for where an exit was left, which goes back first", async () => {
    const made = await runningBench();
    const { ports } = made.launcher;
    const { leases } = ports.store;
    const releasing = held<undefined>();
    let taken = 0;
    const takeExit = leases.takeExit.bind(leases);
    const releaseExit = leases.releaseExit.bind(leases);
    Object.assign(leases, {
      releaseExit: async (lease: Parameters<typeof releaseExit>[0]) => {
        await releasing.promise;
        await releaseExit(lease);
      },
      takeExit: (request: Parameters<typeof takeExit>[0]) => {
        taken += 1;
        return takeExit(request);
      },
    });
    const fra = made.fleet.net.proxies.get("fra");
    if (fra !== undefined) fra.fault = "refused";
    const failure = { kind: "refused", scope: "upstream", message: "refused", status: undefined } as const;
    relayOf(made.launcher, made.run).options.onEvent({ type: "failed", target: "venue.test:443", failure });
    await made.fleet.clock.advance(20_000);
    expect(taken).toBe(0);
    releasing.release(undefined);
    await made.fleet.clock.advance(20_000);
    expect([taken, labelOf(made)]).toEqual([1, "ams"]);
  });
});
