import { expect, test } from "vitest";
import { bench } from "../bench.ts";

test("a proxy that refuses every witness by its rule on ports is not failure: the start ends with 69 and its words", async () => {
  const made = await bench({ unit: { onNoProxy: "exit" } });
  for (const label of ["fra", "ams"]) {
    const proxy = made.fleet.net.proxies.get(label);
    if (proxy !== undefined) proxy.fault = "denied";
  }
  await made.fleet.clock.advance(1_000);
  expect(made.run.ending).toMatchObject({ exitStatus: 69, reason: expect.stringContaining("fra denied") });
  const facts = await made.fleet.store.accounts.facts(made.run.account.id);
  for (const { assignment, proxy } of facts?.candidates ?? [])
    expect([assignment.failures, assignment.cooldownUntil, proxy.state]).toEqual([
      0,
      undefined,
      "unverified",
    ]);
  expect(facts?.candidates).toHaveLength(2);
});
