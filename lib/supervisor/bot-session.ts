import { instant, type MonotonicMs } from "../domain/time.ts";
import { InternalError, StoreError } from "../errors.ts";
import type { BotEvent } from "../policy/bot-machine/event.ts";
import type { ProvenWay } from "../policy/bot-machine/state.ts";
import type { RelayEvent } from "../ports/relay.ts";
import { claimExit, recordClaim, recordRelease } from "./exit-claim.ts";
import { exitSeeker } from "./exit-seeker.ts";
import { exitWatch } from "./exit-watch.ts";
import { leaveExit } from "./leave-exit.ts";
import { readyLine } from "./ready-line.ts";
import type { ExitSide, SessionParts } from "./run-session.ts";
import { exitedEvent } from "./run-session.ts";
import type { ActEffect, TaskEffect } from "./runner.ts";
import type { RunnerPorts } from "./runner-ports.ts";
import type { BotRunnerSettings } from "./runner-settings.ts";
import { settleDoubt } from "./settle-doubt.ts";
import { pause } from "./take-lease.ts";

/** A hello that comes this long after a first connection still counts: both travel by different sockets. */
const helloAfterKnockMs = 250;
const storeRetryEveryMs = 1_000;

/** Opens the relay of a bot's run and everything that goes through it. */
export async function openBotSession(ports: RunnerPorts, settings: BotRunnerSettings, parts: SessionParts): Promise<ExitSide> {
  const { clock } = ports;
  const { book, keeper, dispatch, say } = parts;
  let onRelayEvent: (event: RelayEvent) => void = () => {};
  const relay = await ports.relays.open({
    name: settings.unit.name,
    token: parts.token,
    local: settings.unit.local,
    publicRanges: settings.publicRanges,
    onEvent: (event) => onRelayEvent(event),
  });
  const seeker = exitSeeker(ports, settings, relay, book);
  const watch = exitWatch(ports, settings, { relay, keeper, book }, dispatch);
  let held: ProvenWay | undefined;
  let spawns = 0;
  let cancelKnock = () => {};

  onRelayEvent = (event) => {
    watch.hearRelay(event);
    if (event.type === "knocked-while-shut" && settings.tier === "preload") {
      cancelKnock();
      const reason = "a connection came before the preload's hello: the command does not run the Node program itself";
      cancelKnock = clock.after(helloAfterKnockMs, () => dispatch({ type: "not-greeted", reason }));
    }
  };

  const claim = async (way: ProvenWay, signal: AbortSignal): Promise<BotEvent> => {
    const claimed = await claimExit(ports, settings, parts.owner, { way, signal });
    if (claimed.event.type === "claimed") {
      held = way;
      recordClaim(ports, settings, book, way);
    } else {
      const by = claimed.holder?.accountName ?? "another account";
      seeker.exclude(way, { why: `leaves from ${way.proof.exitIp}, which ${by} holds`, outlook: "returns" });
    }
    return claimed.event;
  };

  const leave = (effect: Extract<ActEffect, { do: "leave-exit" }>): void => {
    const { way, cause, reason } = effect;
    const candidate = seeker.factsOf(way.proxyId);
    held = undefined;
    recordRelease(ports, settings, book, { way, becomesStandby: cause === "edited" || cause === "held" });
    if (candidate !== undefined) {
      leaveExit({ book, candidate, cause, reason, nowMs: instant(clock.now()), unit: ports.random.unit() });
    }
  };

  const spawn = async (): Promise<BotEvent> => {
    spawns += 1;
    if (spawns > 1) book.record({ kind: "bot.restarted", severity: "info", message: `start ${spawns}` });
    return parts.onSpawned(await keeper.spawn(relay, exitedEvent(ports, dispatch)));
  };

  const startWatching = (way: ProvenWay | undefined): void => {
    const candidate = way === undefined ? undefined : seeker.factsOf(way.proxyId);
    if (way !== undefined && candidate !== undefined) watch.start(way, candidate);
  };

  return {
    hear: watch.hear,
    renewed(deadline: MonotonicMs) {
      relay.setDeadline(deadline);
      watch.renewed();
    },
    act(effect) {
      switch (effect.do) {
        case "open-gate":
          cancelKnock();
          return relay.open();
        case "cut":
          return relay.cut(effect.reason);
        case "watch":
          return startWatching(effect.way);
        case "unwatch":
          cancelKnock();
          return watch.stop();
        case "leave-exit":
          return leave(effect);
        case "announce-ready":
          book.record({ kind: "bot.started", severity: "info", message: "runs on its proven exit" });
          return effect.way === undefined ? undefined : say("info", readyLine(settings, effect.way, ports.directIp.current()));
        case "announce-switch":
          keeper.channel()?.announceSwitch(++spawns);
          book.record({ kind: "switch.done", severity: "info", message: `moved to ${effect.way.label} without a restart` });
          return say("info", readyLine(settings, effect.way, ports.directIp.current()));
        case "say":
          return;
        default:
          return effect satisfies never;
      }
    },
    async work(effect: TaskEffect, signal: AbortSignal): Promise<BotEvent> {
      switch (effect.do) {
        case "choose":
          return chooseThroughOutage(() => seeker.choose(effect.lost, effect.isNewDecision), spawns > 0, ports, signal);
        case "prove":
          return seeker.prove(effect.way, signal);
        case "claim-exit":
          return claim(effect.way, signal);
        case "spawn":
          return spawn();
        case "await-hello":
          return keeper.greeting(signal).then((greeting) => greetingEvent(greeting));
        case "settle-doubt":
          return settleDoubt(ports, settings, { way: effect.way, doubt: effect.doubt, relay, seeker, signal });
        case "acquire-lease":
        case "wait":
        case "stop-tree":
          throw new InternalError("session-0002", `The task ${effect.do} belongs to the run.`);
        default:
          return effect satisfies never;
      }
    },
    async close() {
      watch.stop();
      cancelKnock();
      if (held !== undefined) recordRelease(ports, settings, book, { way: held, becomesStandby: true });
      await relay.close();
    },
  };
}

function greetingEvent(greeting: { readonly kind: "greeted" } | { readonly kind: "not-greeted"; readonly reason: string }): BotEvent {
  return greeting.kind === "greeted" ? { type: "greeted" } : { type: "not-greeted", reason: greeting.reason };
}

// A bot that has run waits for the database; the lease's own deadline ends that wait.
async function chooseThroughOutage(
  choose: () => Promise<BotEvent>,
  hasRun: boolean,
  ports: Pick<RunnerPorts, "clock">,
  signal: AbortSignal,
): Promise<BotEvent> {
  for (;;) {
    try {
      return await choose();
    } catch (error) {
      if (!hasRun || !(error instanceof StoreError)) throw error;
      await pause(ports.clock, storeRetryEveryMs, signal);
    }
  }
}
