import type { BotRunnerSettings } from "../../../domain/run/run-settings.ts";
import type { HeldExit } from "../../../policy/machine/state.ts";
import { confirmDrift } from "../../exit/confirm-drift.ts";
import { verifyExit } from "../../exit/verify-exit.ts";
import type { RunContext } from "../context.ts";
import { type EffectMap, type Perform, performBy } from "../effect-map.ts";
import { acquireLease } from "../effects/acquire-lease.ts";
import { announceReady, announceSwitch } from "../effects/announce.ts";
import { type BotContext, finishPermit, openBotContext, openGate } from "../effects/bot-context.ts";
import { close } from "../effects/close.ts";
import { followRenewal } from "../effects/follow-renewal.ts";
import { credit, leaveExit, releaseExit } from "../effects/leave-exit.ts";
import { choose, claimExit, prove } from "../effects/seek-exit.ts";
import { sharedEffects } from "../effects/shared-effects.ts";
import { prepareStart, spawn, waitBefore } from "../effects/spawn.ts";
import { runOnLost, tellLeaving } from "../switching/hooks.ts";

const botEffects: EffectMap<BotContext> = {
  ...sharedEffects,
  "acquire-lease": {
    async run(effect, context, signal) {
      const leased = await acquireLease(followRenewal).run(effect, context, signal);
      // Beside the search for its exit, and not before: without the lease no process of the bot's exists.
      if (!signal.aborted) void prepareStart(context);
      return leased;
    },
  },
  choose,
  prove,
  "claim-exit": claimExit,
  "prepare-switch": {
    // Most runs never need it.
    async run(effect, context, signal) {
      const { prepareSwitch } = await import("../switching/prepare-switch.ts");
      return prepareSwitch.run(effect, context, signal);
    },
  },
  "tell-leaving": tellLeaving,
  "run-on-lost": runOnLost,
  wait: waitBefore(prepareStart),
  spawn,
  "await-hello": { run: (_effect, { keeper }, signal) => keeper.greeting(signal) },
  "verify-exit": {
    run({ exit, suspicion, drift }, context, signal) {
      const { ports, settings, relay, seeker } = context;
      if (drift === undefined) return verifyExit(ports, settings, { exit, suspicion, relay, seeker, signal });
      const onOutvoted = (witness: string, why: string): void => rankBehind(context, exit, witness, why);
      return confirmDrift(ports, settings, { exit, drift, relay, signal, onOutvoted });
    },
  },
  "open-gate": {
    run: (_effect, context) => openGate(context),
  },
  "shut-gate": { run: (_effect, { relay }) => relay.shut() },
  "pause-gate": { run: (_effect, { relay }) => relay.pause() },
  cut: { run: ({ reason }, { relay }) => relay.cut(reason) },
  watch: { run: (_effect, { watch }) => watch.start() },
  unwatch: { run: (_effect, context) => unwatch(context) },
  "check-exit": { run: (_effect, { watch }) => watch.checkNow() },
  "leave-exit": leaveExit,
  "release-exit": releaseExit,
  "announce-ready": announceReady,
  "announce-switch": announceSwitch,
  finish: {
    run: ({ ending, exit }, context) =>
      close(context, ending, async (isTreeGone) => {
        unwatch(context);
        context.failures.stop();
        await context.closeIntake();
        finishPermit(context, "failed");
        context.traffic.finish();
        // It goes back with the lease. Where that stays, something of the bot may still live behind it.
        if (isTreeGone && exit !== undefined) credit(context, exit);
        await context.relay.close();
      }),
  },
};

/** What carries a bot's effects out, behind a relay of its own. */
export async function openBot(context: RunContext): Promise<Perform> {
  const bot = await openBotContext(context as RunContext<BotRunnerSettings>);
  context.join.exec = async (request) => (await import("../effects/exec-in-run.ts")).execInRun(bot, request);
  return performBy(botEffects, bot);
}

function unwatch({ watch, forgetEarlyConnection }: BotContext): void {
  forgetEarlyConnection();
  watch.stop();
}

function rankBehind(
  { watch, say, recorder }: BotContext,
  { proxyId }: HeldExit,
  witness: string,
  why: string,
): void {
  watch.rankBehind(witness);
  say("warning", why);
  recorder.record({ kind: "witness.outvoted", severity: "warning", message: why, proxyId });
}
