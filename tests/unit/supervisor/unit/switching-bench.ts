import { expect } from "vitest";
import type { VenueName } from "../../../../lib/domain/account.ts";
import { exitKeyOf, type IpAddress } from "../../../../lib/domain/ip.ts";
import { instant } from "../../../../lib/domain/time.ts";
import { reviveExit } from "../../../../lib/operations/exits/judge-exit.ts";
import type { SwitchWant } from "../../../../lib/policy/machine/state.ts";
import { relayOf } from "../../../support/fleet/fleet.ts";
import { launchBot } from "../../../support/fleet/launch-units.ts";
import { operatorBench } from "../../../support/operator/operator-bench.ts";
import { type Bench, bench, labelOf, phaseOf } from "../bench.ts";

const binance = "binance" as VenueName;
export const burned: Omit<SwitchWant, "retryAtMs"> = {
  cause: "burned",
  reason: "binance banned it.",
  mustLeave: true,
  backOffMs: 0,
};
export const slow: typeof burned = {
  ...burned,
  cause: "slow_burn",
  reason: "a tenth of its connections fail.",
  mustLeave: false,
};

/** Alice runs on fra, which is burned at Binance where she trades. */
export async function burnedBench(isBurned = true): Promise<Bench> {
  const made = await bench({}, { switchRules: { tenMinutesMs: 60_000 } });
  made.run.runner.requestStop("TERM");
  await made.fleet.clock.advance(1_000);
  const [account] = [...made.fleet.accounts.values()];
  if (account === undefined) throw new Error("no account");
  await made.fleet.store.accounts.update(account.id, { venues: [binance] });
  const run = launchBot(made.fleet, made.launcher, "alice");
  await made.fleet.clock.advance(100);
  const again = { ...made, run };
  expect([phaseOf(again), labelOf(again)]).toEqual(["running", "fra"]);
  if (isBurned) hold(again, "203.0.113.1");
  return again;
}

/** A venue holds the exit for a day. */
export function hold(
  { fleet }: Bench,
  ip: string,
  state: "burned" | "geo_blocked" = "burned",
  because: "ip_banned" | "operator" = "ip_banned",
): void {
  const exitIp = ip as IpAddress;
  const now = fleet.clock.now();
  const row = { exitKey: exitKeyOf(exitIp), exitIp, venue: binance, state, because } as const;
  const until = {
    untilAt: instant(now + 86_400_000),
    since: now,
    failures: 1,
    nextProbeAt: undefined,
    cleanMs: 0,
  };
  fleet.memory.state.reputations.push({ ...row, ...until });
}

// Files that are loaded only when used take turns that no fake clock counts.
export async function pass({ fleet }: Bench, ms: number): Promise<void> {
  for (let left = 5; left > 0; left--) await new Promise((resolve) => setTimeout(resolve, 5));
  await fleet.clock.advance(ms / 2);
  for (let left = 5; left > 0; left--) await new Promise((resolve) => setTimeout(resolve, 5));
  await fleet.clock.advance(ms / 2);
}

/** As an operator's command does. */
export async function revive({ fleet }: Bench, named: string): Promise<void> {
  const { operator } = operatorBench();
  await reviveExit(
    { ...operator, store: fleet.store, clock: fleet.clock },
    { named, why: undefined },
    undefined,
  );
}

/** What the switches of all accounts were for, and what became of them. */
export const permitsOf = ({ fleet }: Bench) =>
  fleet.memory.state.permits.map(({ cause, outcome }) => [cause, outcome]);

/** The proxy is gone, and a connection of the bot meets that. */
export function lose({ fleet, launcher, run }: Bench, label: string): void {
  const proxy = fleet.net.proxies.get(label);
  if (proxy !== undefined) proxy.fault = "refused";
  const failure = {
    kind: "refused",
    scope: "upstream",
    message: `${label} refused`,
    status: undefined,
  } as const;
  relayOf(launcher, run).options.onEvent({ type: "failed", target: "api.binance.com:443", failure });
}
