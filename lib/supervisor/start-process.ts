import type { BotEvent } from "../policy/bot-machine/event.ts";
import type { Relay } from "../ports/relay.ts";
import type { SessionParts } from "./session-parts.ts";

/** Starts the process, writes it down, and reports its end when it comes; a collector has no way. */
export async function startProcess(
  { keeper, ports, dispatch, book }: SessionParts,
  way: { readonly relay: Relay; readonly token: string } | undefined,
): Promise<BotEvent> {
  const handle = await keeper.spawn(way, ({ code, signal }) =>
    dispatch({ type: "exited", code, signal, unit: ports.random.unit() }),
  );
  book.note({ pid: handle.pid, pidStartTicks: handle.startTicks, processStartedAt: ports.clock.now() });
  return { type: "spawned", pid: handle.pid };
}
