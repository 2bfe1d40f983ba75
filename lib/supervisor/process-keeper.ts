import { childEnvironment } from "../policy/child-environment.ts";
import type { BotChannel, BotChannelEvent } from "../ports/bot-channel.ts";
import type { Relay } from "../ports/relay.ts";
import type { ChildProcessHandle, ProcessEnd, SpawnPlan } from "../ports/spawner.ts";
import type { RunnerPorts } from "./runner-ports.ts";
import type { BotRunnerSettings, RunnerSettings } from "./runner-settings.ts";

/** The preload's hello must come within this time (CONTRACTS §3). */
const helloWithinMs = 5_000;

export type Greeting =
  | { readonly kind: "greeted" }
  | { readonly kind: "not-greeted"; readonly reason: string };

/** Starts, greets and stops the one process tree of a run. */
export interface ProcessKeeper {
  spawn(relay: Relay | undefined, onEnd: (end: ProcessEnd) => void): Promise<ChildProcessHandle>;
  /** Settles with the main process's hello, or with why there was none. */
  greeting(signal: AbortSignal): Promise<Greeting>;
  /** Settles when nothing of the tree is left; a spawn still under way is awaited first. */
  stop(isUrgent: boolean): Promise<void>;
  channel(): BotChannel | undefined;
  close(): Promise<void>;
}

/** `onChannel` gets every frame of the main process or its children, after the keeper has seen it. */
export function processKeeper(
  ports: Pick<RunnerPorts, "spawner" | "channels" | "clock">,
  settings: RunnerSettings,
  token: string,
  onChannel: (event: BotChannelEvent, isMain: boolean) => void,
): ProcessKeeper {
  let channel: BotChannel | undefined;
  let current: ChildProcessHandle | undefined;
  let spawning: Promise<unknown> = Promise.resolve();
  let hello: Extract<BotChannelEvent, { type: "hello" }> | undefined;
  let onHello = () => {};

  const hear = (event: BotChannelEvent): void => {
    const isMain = !("pid" in event) || event.pid === current?.pid;
    if (event.type === "hello" && isMain) {
      hello = event;
      onHello();
    }
    onChannel(event, isMain);
  };

  const ensureChannel = async (bot: BotRunnerSettings): Promise<BotChannel> => {
    channel ??= await ports.channels.listen({
      runId: bot.runId,
      path: bot.botSocket,
      launcherVersion: bot.launcherVersion,
      onEvent: hear,
    });
    return channel;
  };

  const start = async (relay: Relay | undefined): Promise<ChildProcessHandle> => {
    hello = undefined;
    const socket = "account" in settings ? (await ensureChannel(settings)).path : undefined;
    return ports.spawner.spawn(planOf(settings, relay, token, socket));
  };

  return {
    async spawn(relay, onEnd) {
      await current?.kill();
      const starting = start(relay);
      spawning = starting.catch(() => {});
      const handle = await starting;
      current = handle;
      void handle.ended.then((end) => {
        if (current === handle) onEnd(end);
      });
      return handle;
    },
    greeting: (signal) =>
      new Promise((resolve, reject) => {
        const settle = (greeting: Greeting): void => {
          cancel();
          onHello = () => {};
          signal.removeEventListener("abort", abort);
          resolve(greeting);
        };
        const abort = (): void => {
          cancel();
          reject(new Error("given up"));
        };
        const cancel = ports.clock.after(helloWithinMs, () => settle(unheard()));
        onHello = () => settle(judgeHello(hello));
        signal.addEventListener("abort", abort, { once: true });
        if (hello !== undefined) onHello();
      }),
    async stop(isUrgent) {
      await spawning;
      if (current === undefined) return;
      await (isUrgent ? current.kill() : current.stop(settings.unit.stop));
    },
    channel: () => channel,
    async close() {
      await channel?.close();
    },
  };
}

function unheard(): Greeting {
  return {
    kind: "not-greeted",
    reason: `the preload said no hello within ${helloWithinMs / 1000} s: the command does not run the Node program itself`,
  };
}

function judgeHello(hello: Extract<BotChannelEvent, { type: "hello" }> | undefined): Greeting {
  if (hello === undefined) return unheard();
  if (hello.tunnel && hello.selfCheck === "ok") return { kind: "greeted" };
  const found = hello.tunnel ? hello.selfCheck : "the tunnel is not loaded";
  return {
    kind: "not-greeted",
    reason: `the preload's self-check failed in ${hello.program} ${hello.version}: ${found}`,
  };
}

function planOf(
  settings: RunnerSettings,
  relay: Relay | undefined,
  token: string,
  botSocket: string | undefined,
): SpawnPlan {
  const { unit, runId } = settings;
  const isBot = "account" in settings;
  const preloads = isBot ? preloadsOf(settings) : [];
  const hasVariables = isBot && settings.tier !== "kernel";
  const env = childEnvironment({
    operator: settings.operatorEnv,
    unit,
    runId,
    relayUrl:
      hasVariables && relay !== undefined ? `http://launch:${token}@${relay.host}:${relay.port}` : undefined,
    botSocket,
    preloads,
    storeUrlVariable: settings.storeUrlVariable,
  });
  return {
    runId,
    command: unit.command,
    cwd: unit.cwd,
    env,
    tty: unit.tty,
    logFile: unit.logFile,
    tier: tierPlan(settings, relay, botSocket),
  };
}

function preloadsOf(settings: BotRunnerSettings): readonly string[] {
  const { observe, tunnel } = settings.preloads;
  if (settings.tier === "preload") return [tunnel, observe];
  return settings.isNode ? [observe] : [];
}

function tierPlan(
  settings: RunnerSettings,
  relay: Relay | undefined,
  botSocket: string | undefined,
): SpawnPlan["tier"] {
  if (!("account" in settings)) return { tier: "direct" };
  const { unit, tier } = settings;
  if (tier !== "kernel") return { tier };
  return {
    tier,
    ports: unit.ports.map(Number),
    local: unit.local,
    publish: unit.publish,
    runAs: unit.runAs,
    botSocket: botSocket ?? "",
    onListener: (listener) => relay?.attach(listener),
  };
}
