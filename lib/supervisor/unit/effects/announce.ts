import type { HeldExit } from "../../../policy/machine/state.ts";
import type { EffectRun } from "../effect-map.ts";
import { type BotContext, finishPermit } from "./bot-context.ts";
import { readyLine } from "./ready-line.ts";

/** Says where the bot leaves from, and tells whoever waits for its first start. */
export const announceReady: EffectRun<"announce-ready", BotContext> = {
  run({ exit }, context) {
    context.hooks.onReady();
    finishPermit(context, "done");
    if (exit !== undefined) announce(context, exit, "bot.started");
  },
};

/** Tells the bot, and everybody else, that it leaves from another exit now. */
export const announceSwitch: EffectRun<"announce-switch", BotContext> = {
  run({ exit }, context) {
    context.keeper.channel?.announceSwitch(++context.switches.count);
    finishPermit(context, "done");
    announce(context, exit, "switch.done");
  },
};

function announce(
  { recorder, settings, say, ports, vitals }: BotContext,
  exit: HeldExit,
  kind: "bot.started" | "switch.done",
): void {
  const { reachableSockets: reachable } = vitals;
  const line = readyLine(settings, exit, ports.directIp.current(), reachable.length);
  const evidence = reachable.length === 0 ? undefined : { reachableSockets: reachable };
  recorder.record({ kind, severity: "info", message: line, proxyId: exit.proxyId, evidence });
  say("info", line);
}
