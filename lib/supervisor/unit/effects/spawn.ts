import { describeMemoryEnd } from "../../../domain/desk/memory-words.ts";
import type { EventOf } from "../../../policy/machine/event.ts";
import type { ProcessEnd, SocketNews } from "../../../ports/spawner.ts";
import { NotProvenInside } from "../../exit/inside-proof.ts";
import { pause } from "../../lease/take-lease.ts";
import type { BotLinks } from "../../process/process-keeper.ts";
import type { RunContext } from "../context.ts";
import type { EffectRun } from "../effect-map.ts";
import { tellOutlived } from "../tell-outlived.ts";
import type { BotContext } from "./bot-context.ts";

/**
 * pm2 and systemd signal the bot and the launcher at the same time: an end that looks like such a signal's waits this long for
 * our own, so that a stop is not taken for a crash. What ends by another signal, KILL or SEGV, is no stop of theirs.
 */
const ownSignalWithinMs = 150;
const stopSignals: readonly string[] = ["HUP", "INT", "QUIT", "TERM"];

/** Starts the bot behind its relay; where a tier can look from inside, only once the exit was seen from there. */
export const spawn: EffectRun<"spawn", BotContext> = {
  async run({ exit }, context, signal) {
    const { inside, watch } = context;
    const proveInside = exit === undefined ? undefined : inside.of(exit, signal);
    watch.expectProcess();
    try {
      return await startProcess(context, { ...linksOf(context), proveInside });
    } catch (error) {
      if (error instanceof NotProvenInside) return error.event;
      throw error;
    }
  },
};

/**
 * Begins what a start needs, while its exit is sought or it has to wait: the bot's network and file view, and a Node that waits in our
 * preload. Nothing of the bot runs, and what fails is told by the start.
 */
export async function prepareStart({ settings, keeper, ...context }: BotContext): Promise<void> {
  if (settings.tier === "env" || keeper.hasProcess) return;
  await keeper.prepare({ ...linksOf(context), proveInside: undefined }).catch(() => {});
}

/** Longer than a Node takes to start on a busy host, and no longer than one is held. */
const aheadMs = 1_000;

/** Waits; where a start follows, it is prepared before the end. */
export function waitBefore<Context extends RunContext>(
  prepare: (context: Context) => Promise<void>,
): EffectRun<"wait", Context> {
  return {
    async run({ ms, thenStarts }, context, signal) {
      const { clock } = context.ports;
      const restMs = thenStarts ? Math.min(ms, aheadMs) : 0;
      await pause(clock, ms - restMs, signal);
      if (restMs > 0) {
        void prepare(context);
        await pause(clock, restMs, signal);
      }
      return { type: "waited" };
    },
  };
}

type Linked = Pick<BotContext, "relay" | "token" | "vitals" | "recorder" | "say">;

function linksOf(context: Linked): Omit<BotLinks, "proveInside"> {
  const { relay, token } = context;
  return { relay, token, onSockets: (news) => hearOfSockets(context, news) };
}

function hearOfSockets({ vitals, recorder, say }: Linked, news: SocketNews): void {
  if (news.type === "reachable") {
    vitals.reachableSockets = news.paths;
    return;
  }
  const message = `a program outside listens at ${news.path} since this run began: the bot could hand its work to it, past the proxy. End that program, or start this bot's launcher again`;
  recorder.record({ kind: "bot.socket_appeared", severity: "warning", message });
  say("warning", message);
}

/** Starts the process, writes it down, and reports its end when it comes; a collector has no links. */
export async function startProcess(
  context: RunContext,
  links: BotLinks | undefined,
): Promise<EventOf<"spawned">> {
  const { keeper, ports, dispatch, recorder, vitals } = context;
  keeper.onKilled = (killed) => tellOutlived(context, killed, "outlived its process or its grace");
  const handle = await keeper.spawn(links, (end, ended) => {
    const { code, signal, pastMemoryBytes } = end;
    recordCrash(context, end);
    // Meanwhile it may have been replaced: the end of a bot that was stopped is not the next one's.
    const tell = () => {
      if (keeper.isCurrent(ended))
        dispatch({ type: "exited", code, signal, pastMemoryBytes, random01: ports.random.random01() });
    };
    if (stopSignals.includes(signal ?? signalOf(code))) ports.clock.after(ownSignalWithinMs, tell);
    else tell();
  });
  vitals.heldBy = handle.heldBy;
  vitals.endsPastBytes = handle.endsPastBytes;
  recorder.note({ pid: handle.pid, pidStartTicks: handle.startTicks, processStartedAt: ports.clock.now() });
  return { type: "spawned", pid: handle.pid };
}

// A shell ends with 128 and the number of the signal that ended its command.
function signalOf(code: number | undefined): string {
  return (
    new Map([
      [129, "HUP"],
      [130, "INT"],
      [131, "QUIT"],
      [143, "TERM"],
    ]).get(code ?? 0) ?? ""
  );
}

// Its lines stay out of the database: they may hold what only the bot may know.
function recordCrash({ recorder, settings: { unit } }: RunContext, end: ProcessEnd): void {
  const { code, signal, lastLines } = end;
  if (lastLines === undefined) return;
  const how = describeEnd(end);
  const message = `${unit.name} ${how}; its last lines are in ${lastLines}, and \`launch logs ${unit.name} --crash\` shows them`;
  recorder.record({
    kind: "process.crashed",
    severity: "warning",
    message,
    evidence: { code: code ?? null, signal: signal ?? null, last_lines: lastLines },
  });
}

function describeEnd({ code, signal, pastMemoryBytes }: ProcessEnd): string {
  if (pastMemoryBytes !== undefined) return describeMemoryEnd(pastMemoryBytes);
  return signal === undefined ? `exited with code ${code ?? "unknown"}` : `was killed by SIG${signal}`;
}
