import type { BotEvent } from "../../policy/machine/event.ts";
import type { SessionParts } from "../session-parts.ts";
import type { BotLinks } from "./process-keeper.ts";

/**
 * pm2 and systemd signal the bot and the launcher at the same time: an end that looks like a signal's waits this long for
 * our own signal, so that a stop is not taken for a crash.
 */
const ownSignalWithinMs = 150;

/** Starts the process, writes it down, and reports its end when it comes; a collector has no way. */
export async function startProcess(
  { keeper, ports, dispatch, book }: SessionParts,
  way: BotLinks | undefined,
): Promise<BotEvent> {
  const handle = await keeper.spawn(way, ({ code, signal }, ended) => {
    // Meanwhile it may have been replaced: the end of a bot that was stopped is not the next one's.
    const tell = () => {
      if (keeper.isCurrent(ended)) dispatch({ type: "exited", code, signal, unit: ports.random.unit() });
    };
    if (signal !== undefined || (code !== undefined && code > 128))
      ports.clock.after(ownSignalWithinMs, tell);
    else tell();
  });
  book.note({ pid: handle.pid, pidStartTicks: handle.startTicks, processStartedAt: ports.clock.now() });
  return { type: "spawned", pid: handle.pid };
}
