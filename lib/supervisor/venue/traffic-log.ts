import type { BotRunnerSettings } from "../../domain/run/run-settings.ts";
import { type HostTraffic, trafficGrowth } from "../../domain/run/traffic.ts";
import { venueOfHost } from "../../domain/verdict/venue-hosts.ts";
import type { Relay } from "../../ports/relay.ts";
import type { RunContext } from "../unit/context.ts";

/** A launcher that is killed loses what its relays counted in so long. */
const writeEveryMs = 60_000;

/** Writes what went through a bot's relay, by venue. */
export interface TrafficLog {
  /** At each renewal: writes what came since the last time, a minute later at the earliest. */
  follow(): void;
  /** Writes the rest. */
  finish(): void;
}

/** Counts from the relay's opening on; what could not be written is written with the next. */
export function trafficLog(
  { ports, settings, recorder }: RunContext<BotRunnerSettings>,
  relay: Pick<Relay, "byHost">,
): TrafficLog {
  const { clock, knowledge } = ports;
  let written: readonly HostTraffic[] = [];
  let writtenAtMs: number = clock.monotonicMs();
  const venueOf = (host: string) => venueOfHost(host, knowledge.hosts());
  const write = (): void => {
    writtenAtMs = clock.monotonicMs();
    const seen = relay.byHost();
    if (seen.length === 0) return;
    recorder.write(async (store) => {
      const grown = trafficGrowth(written, seen, venueOf);
      if (grown.length > 0) await store.traffic.add(settings.accountId, grown);
      written = seen;
    });
  };
  return {
    follow() {
      if (clock.monotonicMs() - writtenAtMs >= writeEveryMs) write();
    },
    finish: write,
  };
}
