import type { VenueName } from "../../../../lib/domain/account.ts";
import { sayHeartbeat } from "../../../support/fleet/fake-host.ts";
import { processOf } from "../../../support/fleet/fleet.ts";
import { launchBot } from "../../../support/fleet/launch-units.ts";
import { type Bench, bench, phaseOf } from "../bench.ts";

/** Alice runs on fra and trades at the venue. */
export async function trading(venue: VenueName): Promise<Bench> {
  const made = await bench();
  made.run.runner.requestStop("TERM");
  await made.fleet.clock.advance(1_000);
  await made.fleet.store.accounts.update(made.run.account.id, { venues: [venue] });
  const again = { ...made, run: launchBot(made.fleet, made.launcher, "alice") };
  while (phaseOf(again) !== "running") await pass(again, 100);
  return again;
}

/** Time goes on with heartbeats. Files that are loaded only when used take turns that no fake clock counts. */
export async function pass({ fleet, launcher, run }: Bench, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 500) {
    for (let turn = 5; turn > 0; turn--) await new Promise((resolve) => setTimeout(resolve, 1));
    const process = processOf(launcher, run);
    if (process !== undefined) sayHeartbeat(launcher.host, process);
    await fleet.clock.advance(Math.min(500, left));
  }
}
