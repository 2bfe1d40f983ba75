import { wasNotStarted } from "../../../domain/host-limit.ts";
import { describeDuration } from "../../../domain/time.ts";
import { NotProvenInside } from "../../exit/inside-proof.ts";
import type { Hook, HookEnd, HookName } from "../../process/hook-run.ts";
import type { EffectRun } from "../effect-map.ts";
import { type BotContext, openGate } from "../effects/bot-context.ts";

/** What a bot may have to do on an exit that is about to be left has this long: the venue may be refusing it already. */
const leavingWithinMs = 10_000;
/** What was left open on a lost exit keeps the bot from starting no longer than this. */
const onLostWithinMs = 30_000;

/** Gives the bot a moment on the exit that is about to be left: by a frame, where it asked for one, and by its hook. */
export const tellLeaving: EffectRun<"tell-leaving", BotContext> = {
  async run({ want }, context, signal) {
    const { leaving, say } = context;
    const command = context.settings.unit.preSwitch;
    const hook = { name: "pre_switch", command, why: want.reason, withinMs: leavingWithinMs } as const;
    const [told] = await Promise.all([
      leaving.give(want.reason, leavingWithinMs, signal),
      runHook(context, hook, { proveInside: undefined, onReady: () => {} }, signal),
    ]);
    if (told === "late" && !signal.aborted)
      say(
        "warning",
        `was not done after ${leavingWithinMs / 1000} s with what it had to do before its exit is left`,
      );
    return { type: "left" };
  },
};

/** Cleans up on the next exit what the bot could not on the one it lost; only where it will run, and behind the same proofs. */
export const runOnLost: EffectRun<"run-on-lost", BotContext> = {
  async run({ exit }, context, signal) {
    const command = context.settings.unit.onLost;
    const hook = { name: "on_lost", command, why: `now on ${exit.label}`, withinMs: onLostWithinMs } as const;
    const prove = context.inside.of(exit, signal);
    let isSeenInside = false;
    const proveInside: typeof prove =
      prove &&
      (async (dial) => {
        await prove(dial);
        isSeenInside = true;
      });
    try {
      await runHook(context, hook, { proveInside, onReady: () => openGate(context) }, signal);
      return { type: "recovered", isSeenInside };
    } catch (error) {
      if (error instanceof NotProvenInside) return error.event;
      throw error;
    }
  },
};

// A hook that fails is told and keeps nobody from going on: the exit has to be left, and the bot has to run.
async function runHook(
  context: BotContext,
  hook: Omit<Hook, "command"> & { readonly command: readonly string[] | undefined },
  links: Pick<Parameters<BotContext["keeper"]["runHook"]>[1], "proveInside" | "onReady">,
  signal: AbortSignal,
): Promise<void> {
  const { keeper, relay, token, ports } = context;
  const { command } = hook;
  if (command === undefined) return;
  const startedAtMs = ports.clock.monotonicMs();
  try {
    const end = await keeper.runHook({ ...hook, command }, { relay, token, ...links }, signal);
    tell(context, hook, { end, tookMs: ports.clock.monotonicMs() - startedAtMs });
  } catch (error) {
    if (!wasNotStarted(error)) throw error;
    tellFailure(context, hook.name, error.message);
  }
}

function tell(
  context: BotContext,
  hook: Pick<Hook, "name" | "withinMs">,
  { end, tookMs }: { readonly end: HookEnd; readonly tookMs: number },
): void {
  const failure = failureOf(hook, end);
  if (failure !== undefined) {
    tellFailure(context, hook.name, failure);
    return;
  }
  const message = `${hook.name} is done after ${describeDuration(tookMs)}`;
  context.say("info", message);
  context.recorder.record({ kind: "hook.done", severity: "info", message });
}

function failureOf({ withinMs }: Pick<Hook, "withinMs">, end: HookEnd): string | undefined {
  if (end.kind === "late") return `it was killed after ${withinMs / 1000} s`;
  if (end.kind === "not-greeted") return end.reason;
  const { code, signal } = end;
  if (code === 0) return undefined;
  return signal === undefined ? `it exited with code ${code ?? "unknown"}` : `it was killed by SIG${signal}`;
}

function tellFailure({ say, recorder }: BotContext, name: HookName, why: string): void {
  const message = `${name} failed: ${why}`;
  say("warning", message);
  recorder.record({ kind: "hook.failed", severity: "warning", message });
}
