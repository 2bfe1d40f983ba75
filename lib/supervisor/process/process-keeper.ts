import type { RunnerSettings } from "../../domain/run/run-settings.ts";
import type { KilledProcess } from "../../domain/text/killed-processes.ts";
import type { BotChannel, BotChannelEvent, BotChannelFactory } from "../../ports/bot-channel.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ExecEnd, ExecRequest } from "../../ports/operator-channel.ts";
import type { ProcessTable } from "../../ports/process-table.ts";
import type { ChildProcessHandle, OutputSink, ProcessEnd, Spawner } from "../../ports/spawner.ts";
import { type ChildLinks, childPlan } from "./child-plan.ts";
import { type Greeting, type Hello, helloWithinMs, judgeHello } from "./greeting.ts";
import { type Hook, type HookEnd, hookEnd } from "./hook-run.ts";

/** All that a bot's process is linked by but the socket, which the keeper opens. */
export type BotLinks = Omit<ChildLinks, "botSocket">;
/** What a process is started, heard and found by. */
interface KeeperPorts {
  readonly spawner: Spawner;
  readonly channels: BotChannelFactory;
  readonly clock: Clock;
  readonly processes: ProcessTable;
}

/** Starts, greets and stops the one process tree of a run. */
export class ProcessKeeper {
  readonly #ports: KeeperPorts;
  readonly #settings: RunnerSettings;
  readonly #output: OutputSink;
  /** Gets every frame of the main process or its children, after the keeper has seen it. */
  onChannelEvent: (event: BotChannelEvent, isMain: boolean) => void = () => {};
  /** Told of what outlived the bot's process, or the grace of a stop, and was killed. */
  onKilled: (killed: readonly KilledProcess[]) => void = () => {};
  #channel: BotChannel | undefined;
  #listening: Promise<BotChannel> | undefined;
  #current: ChildProcessHandle | undefined;
  #isLive = false;
  /** Stays the current one, and is stopped with the run, until nothing of it is left. */
  #replaced: ChildProcessHandle | undefined;
  #preparing: Promise<unknown> = Promise.resolve();
  #spawning: Promise<unknown> = Promise.resolve();
  /** A hook under way, from before its start until nothing of it is left. */
  #hook: Promise<unknown> = Promise.resolve();
  /** Commands of operators that joined the run. */
  readonly #execs = new Set<ChildProcessHandle>();
  /** Hooks and commands whose hello is awaited. */
  readonly #awaited = new Set<(hello: Hello) => void>();
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

  /** Whether the process started last has not ended, or one is about to start. */
  get hasProcess(): boolean {
    return this.#isLive;
  }

  /** Begins what a start needs, beside the work that decides whether it comes; a collector has no links. */
  async prepare(links: BotLinks | undefined): Promise<void> {
    const linking = links === undefined ? Promise.resolve(undefined) : this.#linked(links);
    const preparing = linking.then((linked) => {
      this.#ports.spawner.prepare({ ...childPlan(this.#settings, linked), output: this.#output });
    });
    this.#preparing = preparing.catch(() => {});
    await preparing;
  }

  /** Starts the process after the last of a former one is gone; a collector has none. */
  async spawn(
    links: BotLinks | undefined,
    onEnd: (end: ProcessEnd, ended: ChildProcessHandle) => void,
  ): Promise<ChildProcessHandle> {
    this.#isLive = true;
    const starting = this.#replace(links);
    this.#spawning = starting.catch(() => {
      this.#isLive = false;
    });
    const handle = await starting;
    void handle.ended.then((end) => {
      if (this.#current === handle) this.#isLive = false;
      onEnd(end, handle);
    });
    return handle;
  }

  /** Runs a command beside the bot's process, or in its place while there is none; `onReady` once its connections are held to the relay. */
  async runHook(
    hook: Hook,
    links: BotLinks & { readonly onReady: () => void },
    signal: AbortSignal,
  ): Promise<HookEnd> {
    const running = this.#runHook(hook, links, signal);
    this.#hook = running.catch(() => {});
    return running;
  }

  /** Runs an operator's command beside the bot's process, and ends it with the tree; a program that must greet and does not is killed. */
  async exec(request: ExecRequest, links: BotLinks): Promise<ExecEnd> {
    const { runExec } = await import("./exec-run.ts");
    const settings = this.#settings;
    const needsHello = "tier" in settings && settings.tier === "preload";
    const hellos: Hello[] = [];
    const collect = (hello: Hello): void => void hellos.push(hello);
    this.#awaited.add(collect);
    return runExec(request, {
      start: () => this.#startExec(request, links).finally(() => this.#awaited.delete(collect)),
      greeting: (handle) => (needsHello ? this.#hookGreeting(handle, hellos) : undefined),
      running: this.#execs,
    });
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
    const execs = [...this.#execs].map((handle) => handle.kill());
    await Promise.all([this.#preparing, this.#spawning, this.#hook, ...execs]);
    await this.#ports.spawner.forget(this.#settings.runId);
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

  async #runHook(
    hook: Hook,
    links: BotLinks & { readonly onReady: () => void },
    signal: AbortSignal,
  ): Promise<HookEnd> {
    const { clock } = this.#ports;
    const hellos: Hello[] = [];
    const collect = (hello: Hello): void => void hellos.push(hello);
    this.#awaited.add(collect);
    const handle = await this.#start(links, hook).finally(() => this.#awaited.delete(collect));
    const settings = this.#settings;
    const needsHello = "tier" in settings && settings.tier === "preload";
    const greeting = needsHello ? this.#hookGreeting(handle, hellos) : undefined;
    if (greeting === undefined) links.onReady();
    void greeting?.then(({ type }) => type === "greeted" && links.onReady());
    return hookEnd(handle, hook, { clock, greeting, signal });
  }

  #hookGreeting({ pid }: ChildProcessHandle, early: readonly Hello[]): Promise<Greeting> {
    return new Promise((resolve) => {
      const settle = (hello: Hello | undefined): void => {
        cancel();
        this.#awaited.delete(hear);
        resolve(judgeHello(hello));
      };
      const cancel = this.#ports.clock.after(helloWithinMs, () => settle(undefined));
      const hear = (hello: Hello): void => {
        if (hello.pid === pid) settle(hello);
      };
      this.#awaited.add(hear);
      for (const hello of early) hear(hello);
    });
  }

  async #start(links: BotLinks | undefined, hook?: Hook): Promise<ChildProcessHandle> {
    if (links === undefined || !("accountId" in this.#settings)) return this.#spawn(undefined);
    return this.#spawn(await this.#linked(links), hook);
  }

  async #linked(links: BotLinks): Promise<ChildLinks> {
    const { runId, socketFolder, launcherVersion } = this.#settings;
    this.#listening ??= this.#ports.channels.listen({
      runId,
      path: `${socketFolder}/${runId}.sock`,
      launcherVersion,
      onEvent: (event) => this.#hear(event),
    });
    this.#channel = await this.#listening;
    return { ...links, botSocket: this.#channel.path };
  }

  async #startExec({ command, output }: ExecRequest, links: BotLinks): Promise<ChildProcessHandle> {
    const plan = childPlan(this.#settings, { ...links, botSocket: this.#channel?.path ?? "" });
    const tier = { ...plan.tier, publish: [] };
    const own = {
      command,
      tier,
      output,
      tty: false,
      logFile: undefined,
      isHook: true,
      ahead: undefined,
      hasInput: true,
    } as const;
    return this.#ports.spawner.spawn({ ...plan, ...own });
  }

  #spawn(links: ChildLinks | undefined, hook?: Hook): Promise<ChildProcessHandle> {
    const plan = childPlan(this.#settings, links, hook);
    const onKilled = (killed: readonly KilledProcess[]): void => this.onKilled(killed);
    return this.#ports.spawner.spawn({ ...plan, output: this.#output, onKilled });
  }

  // A hello may come before spawn() has told us the pid, and the last words of a killed process may come after it: the
  // pid alone tells whose they are.
  #hear(event: BotChannelEvent): void {
    if (event.type === "hello") for (const hear of this.#awaited) hear(event);
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
    // A wrapper may run one program after another; the next one that greets is the bot then.
    if (event.type === "gone" && isMain) this.#hello = undefined;
  }

  // Under a wrapper that is declared to run Node or Python, the bot is the first of its processes to greet.
  #isMain(pid: number, current: ChildProcessHandle): boolean {
    if (this.#hello !== undefined) return pid === this.#hello.pid;
    if (pid === current.pid) return true;
    const { unit, runId } = this.#settings;
    const isWrapped = unit.kind === "bot" && unit.runtime !== undefined;
    return isWrapped && this.#ports.processes.withRunId(runId).includes(pid);
  }
}
