import { expect, test } from "vitest";
import type { VenueName } from "../../../../lib/domain/account.ts";
import { exitKeyOf } from "../../../../lib/domain/ip.ts";
import { instant } from "../../../../lib/domain/time.ts";
import { holdAccount } from "../../../../lib/operations/accounts/change-account.ts";
import { burnExit } from "../../../../lib/operations/exits/judge-exit.ts";
import { setProxyActive } from "../../../../lib/operations/proxies/change-proxy.ts";
import { exitOf } from "../../../../lib/policy/machine/state.ts";
import { openFleet } from "../../../support/fleet/fleet.ts";
import { launchBot } from "../../../support/fleet/launch-units.ts";
import { operatorBench } from "../../../support/operator/operator-bench.ts";

const exitIp = "203.0.113.1";

/** alice waits for the exit of bob, whose host fell silent; she has another proxy beside. */
async function waiting() {
  const fleet = await openFleet({
    proxies: { "of-bob": exitIp, twin: exitIp, spare: "203.0.113.2" },
    accounts: { alice: ["twin", "spare"], bob: ["of-bob"] },
    hosts: ["host-0", "host-1"],
  });
  const [mine, other] = fleet.launchers;
  if (mine === undefined || other === undefined) throw new Error("a fleet without launchers");
  for (const { id } of fleet.accounts.values())
    await fleet.store.accounts.update(id, { venues: ["okx" as VenueName] });
  launchBot(fleet, other, "bob");
  await fleet.clock.advance(100);
  other.die();
  const run = launchBot(fleet, mine, "alice");
  await fleet.clock.advance(10_000);
  expect(run.runner.state).toMatchObject({ phase: "claiming", candidate: { label: "twin" } });
  return { fleet, mine, run };
}

type Waiting = Awaited<ReturnType<typeof waiting>>;

function exitOfAlice({ run }: Waiting) {
  return exitOf(run.runner.state);
}

test("an exit that was waited for is taken when nothing has changed meanwhile", async () => {
  const made = await waiting();
  await made.fleet.clock.advance(10_000);
  expect(exitOfAlice(made)?.label).toBe("twin");
});

function operatorOf({ fleet }: Waiting) {
  const { operator } = operatorBench();
  return { ...operator, store: fleet.store, clock: fleet.clock };
}

const disable = (made: Waiting) => setProxyActive(operatorOf(made), "twin", false);

const burn = (made: Waiting) => {
  const untilAt = instant(made.fleet.clock.now() + 3_600_000);
  return burnExit(
    operatorOf(made),
    { named: exitIp, why: undefined },
    { venue: "okx" as VenueName, untilAt },
  );
};

const drift = async ({ fleet }: Waiting) => {
  const proxy = fleet.net.proxies.get("twin");
  if (proxy !== undefined) proxy.exitIp = "203.0.113.9";
};

test.each([
  ["an operator disabled its proxy", disable],
  ["it was burned at the venue", burn],
  ["it is not seen behind its proxy any more", drift],
])("an exit that was waited for is not taken when %s meanwhile", async (_what, change) => {
  const made = await waiting();
  await change(made);
  await made.fleet.clock.advance(10_000);
  expect(made.mine.host.processes).toHaveLength(1);
  const held = exitOfAlice(made)?.proof.exitIps;
  expect(held).not.toContain(exitIp);
  expect(made.fleet.memory.state.exits.map((row) => row.exitKey)).toEqual(held?.map(exitKeyOf));
});

test("a bot whose account was held while its exit was waited for does not start", async () => {
  const made = await waiting();
  await holdAccount(operatorOf(made), "alice", "a look at it");
  await made.fleet.clock.advance(10_000);
  expect(made.mine.host.processes).toHaveLength(0);
  expect(made.fleet.memory.state.exits).toEqual([]);
});
