import type { BotChannelEvent } from "../../ports/bot-channel.ts";

/** A hostile bot may make up as many ways as it likes. */
const mostTold = 5;

/** Tells whoever writes a bot why its connection was ended: each way of it once, and a few in a run. */
export function tellMisheard(
  say: (level: "warning", text: string) => void,
): (event: BotChannelEvent) => void {
  const told = new Set<string>();
  return (event) => {
    if (event.type !== "refused" || told.has(event.why) || told.size >= mostTold) return;
    told.add(event.why);
    say(
      "warning",
      `said something on its socket that is not understood, and that connection was ended: ${event.why}. Its frames are in docs/inside-bots.md`,
    );
  };
}
