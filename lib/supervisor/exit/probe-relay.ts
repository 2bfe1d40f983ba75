import type { BotRunnerSettings } from "../../domain/run/run-settings.ts";
import type { Relay } from "../../ports/relay.ts";
import type { RunnerPorts } from "../unit/ports.ts";

/** Gives the work a relay of the launcher's own, beside the bot's: what is asked of another proxy of the account disturbs nobody. */
export async function withProbeRelay<T>(
  { relays, random }: Pick<RunnerPorts, "relays" | "random">,
  { unit, publicRanges }: Pick<BotRunnerSettings, "unit" | "publicRanges">,
  work: (relay: Relay) => Promise<T>,
): Promise<T> {
  const relay = await relays.open({
    name: `${unit.name} (probe)`,
    token: random.uuid().replaceAll("-", ""),
    local: [],
    publicRanges,
    onEvent: () => {},
  });
  try {
    return await work(relay);
  } finally {
    await relay.close();
  }
}
