import type { RunnerSettings } from "../../domain/run/run-settings.ts";
import type { BotChannel, BotChannelEvent, BotChannelFactory } from "../../ports/bot-channel.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ProcessTable } from "../../ports/process-table.ts";
import type { ChildProcessHandle, OutputSink, ProcessEnd, Spawner } from "../../ports/spawner.ts";
import { type ChildLinks, childPlan } from "./child-plan.ts";

/** The preload's hello must come within this time (docs/architecture.md, Node programs). */
const helloWithinMs = 5_000;

export type Greeting =
  | { readonly type: "greeted" }
  | { readonly type: "not-greeted"; readonly reason: string };
/** All that a bot's process is linked by but the socket, which the keeper opens. */
export type BotLinks = Omit<ChildLinks, "botSocket">;
/** What a process is started, heard and found by. */
interface KeeperPorts {
  readonly spawner: Spawner;
  readonly channels: BotChannelFactory;
  readonly clock: Clock;
  readonly processes: ProcessTable;
}
type Hello = Extract<BotChannelEvent, { readonly type: "hello" }>;

/** Starts, greets and stops the one process tree of a run. */
export class ProcessKeeper {
  readonly #ports: KeeperPorts;
  readonly #settings: RunnerSettings;
  readonly #output: OutputSink;
  /** Gets every frame of the main process or its children, after the keeper has seen it. */
  onChannelEvent: (event: BotChannelEvent, isMain: boolean) => void = () => {};
  #channel: BotChannel | undefined;
  #current: ChildProcessHandle | undefined;
  /** Stays the current one, and is stopped with the run, until nothing of it is left. */
  #replaced: ChildProcessHandle | undefined;
  #spawning: Promise<unknown> = Promise.resolve();
  /** Hellos that came before spawn() told which process is ours. */
  #early: Hello[] = [];
  #hello: Hello | undefined;
  #onHello: () => void = () => {};

  constructor(ports: KeeperPorts, settings: RunnerSettings, output: OutputSink) {
    this.#ports = ports;
    this.#settings = settings;
    this.#output = output;
  }

  get channel(): BotChannel | undefined {
    return this.#channel;
  }

  /** Starts the process after the last of a former one is gone; a collector has none. */
  async spawn(
    links: BotLinks | undefined,
    onEnd: (end: ProcessEnd, ended: ChildProcessHandle) => void,
  ): Promise<ChildProcessHandle> {
    const starting = this.#replace(links);
    this.#spawning = starting.catch(() => {});
    const handle = await starting;
    void handle.ended.then((end) => onEnd(end, handle));
    return handle;
  }

  /** Whether it is the process started last, and none is about to take its place. */
  isCurrent(handle: ChildProcessHandle): boolean {
    return this.#current === handle && this.#replaced !== handle;
  }

  /** Settles with the main process's hello, or with why there was none in time; rejects when given up. */
  greeting(signal: AbortSignal): Promise<Greeting> {
    return new Promise((resolve, reject) => {
      const settle = (greeting: Greeting): void => {
        cancel();
        this.#onHello = () => {};
        signal.removeEventListener("abort", giveUp);
        resolve(greeting);
      };
      const giveUp = (): void => {
        cancel();
        reject(new Error("given up"));
      };
      const cancel = this.#ports.clock.after(helloWithinMs, () => settle(judgeHello(undefined)));
      this.#onHello = () => settle(judgeHello(this.#hello));
      signal.addEventListener("abort", giveUp, { once: true });
      if (this.#hello !== undefined) this.#onHello();
    });
  }

  /** Settles when nothing of the tree is left; a spawn still under way is awaited first. */
  async stop(isUrgent: boolean): Promise<void> {
    await this.#spawning;
    await (isUrgent ? this.#current?.kill() : this.#current?.stop(this.#settings.unit.stop));
  }

  async close(): Promise<void> {
    await this.#channel?.close();
  }

  async #replace(links: BotLinks | undefined): Promise<ChildProcessHandle> {
    this.#replaced = this.#current;
    await this.#current?.kill();
    this.#current = undefined;
    this.#hello = undefined;
    this.#early = [];
    const handle = await this.#start(links);
    this.#current = handle;
    for (const hello of this.#early) this.#hear(hello);
    return handle;
  }

  async #start(links: BotLinks | undefined): Promise<ChildProcessHandle> {
    const settings = this.#settings;
    if (links === undefined || !("accountId" in settings)) return this.#spawn(undefined);
    this.#channel ??= await this.#ports.channels.listen({
      runId: settings.runId,
      path: `${settings.socketFolder}/${settings.runId}.sock`,
      launcherVersion: settings.launcherVersion,
      onEvent: (event) => this.#hear(event),
    });
    return this.#spawn({ ...links, botSocket: this.#channel.path });
  }

  #spawn(links: ChildLinks | undefined): Promise<ChildProcessHandle> {
    return this.#ports.spawner.spawn({ ...childPlan(this.#settings, links), output: this.#output });
  }

  // A hello may come before spawn() has told us the pid, and the last words of a killed process may come after it: the
  // pid alone tells whose they are.
  #hear(event: BotChannelEvent): void {
    if (this.#current === undefined) {
      if (event.type === "hello") this.#early.push(event);
      return;
    }
    const isMain = !("pid" in event) || this.#isMain(event.pid, this.#current);
    if (event.type === "hello" && isMain) {
      this.#hello ??= event;
      this.#onHello();
    }
    this.onChannelEvent(event, isMain);
  }

  // Under a wrapper that is declared to run Node, the bot is the first of its processes to greet.
  #isMain(pid: number, current: ChildProcessHandle): boolean {
    if (this.#hello !== undefined) return pid === this.#hello.pid;
    if (pid === current.pid) return true;
    const { unit, runId } = this.#settings;
    const isWrapped = unit.kind === "bot" && unit.runtime === "node";
    return isWrapped && this.#ports.processes.withRunId(runId).includes(pid);
  }
}

function judgeHello(hello: Hello | undefined): Greeting {
  if (hello === undefined) {
    const reason = `The preload said no hello within ${helloWithinMs / 1000} s: the command does not run the Node program itself.`;
    return { type: "not-greeted", reason };
  }
  if (hello.tunnel && hello.selfCheck === "ok") return { type: "greeted" };
  const found = hello.tunnel ? hello.selfCheck : "the tunnel is not loaded";
  return {
    type: "not-greeted",
    reason: `The preload's self-check failed in ${hello.program} ${hello.version}: ${found}.`,
  };
}
