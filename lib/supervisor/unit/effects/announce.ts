import type { HeldExit } from "../../../policy/machine/state.ts";
import type { EffectRun } from "../effect-map.ts";
import { type BotContext, finishPermit } from "./bot-context.ts";
import { readyLine } from "./ready-line.ts";

/** Writes down where the bot leaves from; once it is alive, says so and tells whoever waits for its first start. */
export const announceReady: EffectRun<"announce-ready", BotContext> = {
  run({ exit }, context) {
    finishPermit(context, "done");
    const line = exit && record(context, exit, "bot.started");
    context.watch.whenAlive(() => {
      if (line !== undefined) context.say("info", line);
      context.hooks.onReady();
    });
  },
};

/** Tells the bot, and everybody else, that it leaves from another exit now. */
export const announceSwitch: EffectRun<"announce-switch", BotContext> = {
  run({ exit }, context) {
    context.keeper.channel?.announceSwitch(++context.switches.count);
    finishPermit(context, "done");
    context.say("info", record(context, exit, "switch.done"));
    context.watch.whenAlive(() => context.hooks.onReady());
  },
};

// Gives back the line that says it.
function record(
  { recorder, settings, ports, vitals }: BotContext,
  exit: HeldExit,
  kind: "bot.started" | "switch.done",
): string {
  const { reachableSockets: reachable } = vitals;
  const line = readyLine(settings, exit, ports.directIp.current(), reachable.length);
  const evidence = reachable.length === 0 ? undefined : { reachableSockets: reachable };
  recorder.record({ kind, severity: "info", message: line, proxyId: exit.proxyId, evidence });
  return line;
}
