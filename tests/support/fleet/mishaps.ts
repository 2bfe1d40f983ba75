import fc from "fast-check";
import { instant } from "../../../lib/domain/time.ts";
import type { FakeProxy } from "./fake-net.ts";
import type { StoreTrouble } from "./faulty-store.ts";
import { type Fleet, type FleetLauncher, processOf, proxyOf } from "./fleet.ts";
import { launchBot } from "./launch-units.ts";

/** One thing that happens to the fleet, some time after the one before. */
export interface Mishap {
  readonly afterMs: number;
  readonly what: (typeof kinds)[number];
  readonly launcher: number;
  readonly account: "alice" | "bob";
  readonly proxy: string;
  readonly trouble: StoreTrouble;
  readonly fault: FakeProxy["fault"];
}

const kinds = [
  "start",
  "start",
  "start",
  "stop",
  "stop now",
  "die",
  "store",
  "store",
  "freeze",
  "thaw",
  "proxy",
  "witnesses",
  "crash",
  "finish",
  "demote",
  "disable",
  "enable",
  "hold",
  "release",
] as const;

export const anyMishaps = fc.array(
  fc.record({
    afterMs: fc.oneof(fc.constantFrom(0, 1, 500, 4_000, 11_990, 12_010, 20_000), fc.nat(9_000)),
    what: fc.constantFrom(...kinds),
    launcher: fc.nat(1),
    account: fc.constantFrom("alice" as const, "bob" as const),
    proxy: fc.constantFrom("fra", "ams", "par"),
    trouble: fc.constantFrom("none" as const, "down" as const, "hangs" as const, "unheard" as const),
    fault: fc.constantFrom("none" as const, "refused" as const, "auth" as const, "hangs" as const),
  }),
  { minLength: 8, maxLength: 40 },
);

/** Lets it happen; what cannot happen now (a stop without a run) is nothing. */
export async function happen(fleet: Fleet, mishap: Mishap): Promise<void> {
  await fleet.clock.advance(mishap.afterMs);
  const launcher = liveLauncher(fleet, mishap.launcher);
  const isHere = launcher.runs.some(({ account, ending }) => account.name === mishap.account && !ending);
  if (mishap.what === "start")
    return void (launcher.isFrozen || isHere || launchBot(fleet, launcher, mishap.account));
  if (mishap.what === "freeze") launcher.isFrozen = true;
  if (mishap.what === "thaw") launcher.thaw();
  if (mishap.what === "die") launcher.die();
  if (mishap.what === "store") launcher.link.trouble = mishap.trouble;
  if (mishap.what === "witnesses") fleet.net.areWitnessesDown = !fleet.net.areWitnessesDown;
  const proxy = fleet.net.proxies.get(mishap.proxy);
  if (mishap.what === "proxy" && proxy !== undefined) proxy.fault = mishap.fault;
  if (launcher.isFrozen || launcher.isDead) return;
  happenToRun(launcher, mishap);
  await happenByOperator(fleet, mishap);
}

function liveLauncher(fleet: Fleet, index: number): FleetLauncher {
  const host = `host-${index}`;
  const live = fleet.launchers.find(({ host: { identity }, isDead }) => identity.host === host && !isDead);
  return live ?? fleet.addLauncher(host);
}

function happenToRun(launcher: FleetLauncher, { what, account }: Mishap): void {
  const run = launcher.runs.findLast((one) => one.account.name === account && one.ending === undefined);
  if (run === undefined) return;
  if (what === "stop") run.runner.requestStop("TERM");
  if (what === "stop now") for (const signal of ["INT", "INT"]) run.runner.requestStop(signal);
  const process = processOf(launcher, run);
  if (what === "crash") process?.end({ code: 1, signal: undefined });
  if (what === "finish") process?.end({ code: 0, signal: undefined });
}

async function happenByOperator(fleet: Fleet, { what, account: name, proxy }: Mishap): Promise<void> {
  const { accounts } = fleet.store;
  const account = fleet.accounts.get(name);
  if (account === undefined) return;
  const { id: proxyId } = await proxyOf(fleet, proxy);
  const [assignment] = await accounts.assignments({ accountId: account.id, proxyId });
  if (assignment === undefined) return;
  const { id } = assignment;
  const cooldownUntil = instant(fleet.clock.now() + 60_000);
  if (what === "demote") await accounts.updateAssignment(id, { status: "cooling", cooldownUntil });
  if (what === "disable") await accounts.updateAssignment(id, { status: "disabled" });
  if (what === "enable") await accounts.updateAssignment(id, { status: "standby", cooldownUntil: undefined });
  if (what === "hold") await accounts.update(account.id, { hold: { by: "operator", why: "test" } });
  if (what === "release") await accounts.update(account.id, { hold: undefined });
}

/** Everything is well again, and every run is asked to end. */
export async function calmDown(fleet: Fleet): Promise<void> {
  fleet.net.areWitnessesDown = false;
  for (const proxy of fleet.net.proxies.values()) proxy.fault = "none";
  for (const launcher of fleet.launchers) {
    if (launcher.isDead) continue;
    launcher.link.trouble = "none";
    if (launcher.isFrozen) launcher.thaw();
    for (const { runner } of launcher.runs) runner.requestStop("TERM");
  }
  await fleet.clock.advance(60_000);
}

/** What is left although every run was asked to end; a dead launcher's own is left to the TTL. */
export function leftovers(fleet: Fleet): readonly string[] {
  const alive = fleet.launchers.filter(({ isDead }) => !isDead);
  const runs = alive.flatMap((launcher) => launcher.runs.map((run) => ({ launcher, run })));
  return [
    ...runs
      .filter(({ run }) => run.ending === undefined)
      .map(({ run }) => `a run of ${run.account.name} goes on: ${run.runner.state.phase}`),
    ...runs
      .filter(({ launcher, run }) => processOf(launcher, run))
      .map(({ run }) => `a process of ${run.account.name}`),
    ...alive.flatMap(({ relays }) =>
      relays.filter((relay) => !relay.isClosed()).map(({ options }) => `a relay of ${options.name}`),
    ),
    ...alive.flatMap(({ host }) => [...host.sockets.keys()].map(() => "a bot socket")),
  ];
}
