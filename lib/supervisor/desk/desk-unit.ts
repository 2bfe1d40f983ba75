import type { DeclaredUnit } from "../../domain/desk/unit-care.ts";
import type { RunId } from "../../domain/ids.ts";
import type { UnitKey } from "../../domain/run/unit-key.ts";
import type { RequestAnswer, UnitWish } from "../../domain/run/unit-wish.ts";
import type { MonotonicMs } from "../../domain/time.ts";
import { type AfterEnd, afterEnd } from "../../policy/desk/after-end.ts";
import type { DeskState } from "../../policy/desk/desk-state.ts";
import type { Ending } from "../../policy/machine/state.ts";
import { freshBudget } from "../../policy/restart.ts";
import type { Notice } from "../../ports/journal.ts";
import { failureOf } from "../unit/failure-of.ts";
import type { Runner } from "../unit/runner.ts";
import { askUnit } from "./ask-unit.ts";
import type { DeskOfUnit, DeskPorts, SettledUnit } from "./desk-ports.ts";
import { endWords } from "./end-words.ts";
import { askToEnd, type Leaving, wordOf } from "./leaving.ts";
import { type RunProbe, runProbe } from "./ready-probe.ts";

/** A unit of a launcher of many: begins its runs, and decides what follows the end of one. */
export class DeskUnit {
  readonly declared: DeclaredUnit;
  readonly #ports: DeskPorts;
  readonly #desk: DeskOfUnit;
  #state: DeskState = { kind: "queued" };
  #runner: Runner | undefined;
  /** Ends the question whether its present process is ready. */
  #judging: AbortController | undefined;
  #unready: string | undefined;
  #run: Promise<void> = Promise.resolve();
  #retries = 0;
  #leases = freshBudget;
  /** By the monotonic clock, once its present run was. */
  #readyAt: MonotonicMs | undefined;
  #cancelRetry: () => void = () => {};
  #wish: UnitWish | undefined;
  #hasStarted = false;
  /** The run that has its lease already, while its turn to start has not come. */
  #reserved: RunId | undefined;
  #ending: Ending | undefined;
  readonly #waiters: (() => void)[] = [];
  /** How its end is asked for; undefined while it is to run. */
  #leaving: Leaving | undefined;
  /** In the database; undefined until its account is found. */
  key: UnitKey | undefined;

  constructor(declared: DeclaredUnit, ports: DeskPorts, desk: DeskOfUnit) {
    this.declared = declared;
    this.#ports = ports;
    this.#desk = desk;
  }

  /** What people read and type: its name, with its kind where another unit of the desk has that name. */
  get word(): string {
    return this.#desk.wordOf(this.declared.unit);
  }

  get state(): DeskState {
    return this.#state;
  }

  get settled(): SettledUnit {
    const { kind, name } = this.declared.unit;
    return { kind, name, state: this.#state };
  }

  get runner(): Runner | undefined {
    return this.#runner;
  }

  /** While its process runs: what its `ready` of launch.yaml says is missing. */
  get unready(): string | undefined {
    return this.#state.kind === "running" ? this.#unready : undefined;
  }

  /** How its last run ended, where no other one follows by itself. */
  get ending(): Ending | undefined {
    return this.#ending;
  }

  /** Starts a run; what follows its end happens by itself. */
  begin(): void {
    this.#leaving = undefined;
    this.#enter({ kind: "starting" });
    this.#run = this.#runOnce();
  }

  /** Puts it in line for a start, if it does not run already. */
  queue(): void {
    this.#cancelRetry();
    this.#retries = 0;
    if (this.#runner === undefined && this.#state.kind !== "starting") this.#enter({ kind: "queued" });
  }

  /** Asks for its end, and keeps it from starting again; settles when nothing of it runs. */
  async leave(leaving: Leaving): Promise<void> {
    this.#leaving = leaving;
    this.#cancelRetry();
    if (this.#runner !== undefined) askToEnd(this.#runner, leaving);
    await this.#run;
    await this.#giveBack(this.dropReserved());
    if (["queued", "waiting", "standby"].includes(this.#state.kind))
      this.#enter({ kind: "down", why: leaving.why });
  }

  /** Another host has it, as was just seen. */
  standBy(why: string, isRunning: boolean): void {
    if (this.#state.kind !== "standby") return;
    if (this.#state.why !== why || this.#state.isRunning !== isRunning)
      this.#enter({ kind: "standby", why, isRunning });
  }

  /** Starts when its turn comes, as the run that has its lease already, if one has. */
  takeOver(reserved: RunId | undefined): void {
    this.#reserved = reserved;
    this.queue();
  }

  /** Forgets the lease that was taken for its next run. */
  dropReserved(): RunId | undefined {
    const reserved = this.#reserved;
    this.#reserved = undefined;
    return reserved;
  }

  /** Settles once a start that is due is through: it runs, is over, or waits. */
  async hadItsChance(): Promise<void> {
    while (["queued", "starting"].includes(this.#state.kind))
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  /** Takes an operator's word, as the database has it now. */
  hear(wish: UnitWish | undefined): void {
    // A slow answer of the database may come after a newer one.
    if (wish !== undefined && wish.at < (this.#wish?.at ?? wish.at)) return;
    const isNew = wish?.at !== this.#wish?.at;
    const wasDown = this.#wish?.wanted === "down";
    this.#wish = wish;
    if (wish?.wanted === "down") {
      if (this.#state.kind === "down") return;
      const why = wordOf(wish);
      if (this.#runner === undefined && this.#state.kind !== "starting") {
        this.#cancelRetry();
        void this.#giveBack(this.dropReserved());
        this.#enter({ kind: "down", why });
      } else if (this.#leaving === undefined) {
        this.#leaving = { why, by: wish.by };
        if (this.#runner !== undefined) askToEnd(this.#runner, this.#leaving);
      }
      return;
    }
    // One that was stopped without a word that lasts, as before an upgrade, stays down.
    if ((wasDown || isNew) && this.#runner === undefined && this.#state.kind !== "queued") this.queue();
  }

  /** Carries out what an operator asks of the run that lives; undefined when none does. */
  async ask(verb: "restart" | "rotate" | "check", by: string): Promise<RequestAnswer | undefined> {
    return await this.#runner?.ask({ verb, by });
  }

  /** Has the run that lives start a new process on the same exit. */
  restart(why: Parameters<Runner["restart"]>[0]): void {
    this.#runner?.restart(why);
  }

  async #runOnce(): Promise<void> {
    this.#readyAt = undefined;
    const ending = await this.#over();
    const hasRun = this.#runner !== undefined;
    this.#runner = undefined;
    await this.#follow(ending, hasRun);
  }

  async #over(): Promise<Ending> {
    const { unit, care } = this.declared;
    const output = this.#ports.output(unit, this.word);
    const { clock } = this.#ports;
    const { ready } = care;
    const probe =
      ready &&
      runProbe(ready, output, { clock, ask: () => askUnit(this.#ports, unit, this.#runner, ready.way) });
    const reserved = this.dropReserved();
    const hooks = {
      output: probe?.output ?? output,
      word: () => this.word,
      onReady: () => void this.#becomeReady(probe),
      // It may wait for days: its start is through, and makes room for others.
      onHolding: (why: string) => {
        if (this.#state.kind === "starting") this.#enter({ kind: "waiting", why });
      },
      // A program that starts this launcher again watches nothing.
      isWatched: this.#ports.engine === undefined,
    };
    try {
      const runner = await this.#ports.start(unit, hooks, reserved);
      this.#runner = runner;
      // Its end was asked for while it was being started.
      if (this.#leaving !== undefined) askToEnd(runner, this.#leaving);
      return await runner.ended;
    } catch (error) {
      // Whatever is wrong with one unit, the others go on.
      return { by: "launcher", ...failureOf(error) };
    } finally {
      this.#judging?.abort();
      output.end();
      await this.#giveBack(reserved);
    }
  }

  async #giveBack(reserved: RunId | undefined): Promise<void> {
    if (reserved !== undefined) await this.#ports.reservations.giveBack(reserved);
  }

  async #becomeReady(probe: RunProbe | undefined): Promise<void> {
    this.#retries = 0;
    this.#readyAt = this.#ports.clock.monotonicMs();
    this.#judging?.abort();
    const judging = new AbortController();
    this.#judging = judging;
    if (probe !== undefined) {
      this.#unready = "its probe of launch.yaml has not answered yet";
      this.#enter({ kind: "running" });
      await probe.judge(judging.signal, (problem) => {
        this.#unready = problem;
        this.#say({ level: "warning", text: `is not ready: ${problem}` });
      });
      if (judging.signal.aborted) return;
      this.#unready = undefined;
    }
    this.#enter({ kind: "ready" });
    this.#ports.onReady?.(this.settled);
  }

  async #follow(ending: Ending, hasRun: boolean): Promise<void> {
    const { exitStatus } = ending;
    const { engine } = this.#ports;
    this.#ending = ending;
    if (this.#leaving !== undefined) {
      if (engine?.onStopped === "wait")
        this.#say({ level: "info", text: `is down and waits until it is wanted up: ${this.#leaving.why}` });
      this.#enter({ kind: "down", why: this.#leaving.why });
      return;
    }
    // A database that does not answer cannot tell: then it is tried again, and the others go on.
    const isHeldHere = () => this.#ports.isHeldHere(this.key).catch(() => false);
    const isOnThisHost = ending.code === "LAUNCH_LEASE_HELD" && (await isHeldHere());
    const nowMs = this.#ports.clock.monotonicMs();
    const next = afterEnd(ending, {
      retries: this.#retries,
      isOnThisHost,
      hasEngine: engine !== undefined,
      random01: this.#ports.random.random01(),
      leases: this.#leases,
      nowMs,
      ranMs: nowMs - (this.#readyAt ?? nowMs),
    });
    const words = endWords(next, ending, engine !== undefined);
    if (words !== undefined) this.#say(words);
    // How a run ended was told by the run.
    if (next.kind === "failed" && !hasRun)
      await this.#ports.recordFailed(this.declared.unit, ending).catch(() => {});
    if (next.kind === "retry") this.#retry(next);
    else if (next.kind === "standby") this.#enter({ ...next, isRunning: false });
    else this.#enter(next.kind === "elsewhere" ? next : { ...next, exitStatus });
  }

  #retry({ why, delayMs, leases = this.#leases }: Extract<AfterEnd, { readonly kind: "retry" }>): void {
    this.#retries += 1;
    this.#leases = leases;
    this.#ending = undefined;
    this.#enter({ kind: "waiting", why });
    this.#cancelRetry = this.#ports.clock.after(delayMs, () => void this.#tryAgain());
  }

  // An operator may have stopped it meanwhile.
  async #tryAgain(): Promise<void> {
    await this.#desk.hearOperators();
    if (this.#state.kind === "waiting" && this.#runner === undefined) this.#enter({ kind: "queued" });
  }

  #say(words: Pick<Notice, "level" | "text">): void {
    this.#ports.journal.say({ unit: this.word, ...words });
  }

  #enter(state: DeskState): void {
    const isFirst = this.#state.kind === "starting" && !this.#hasStarted;
    this.#state = state;
    if (isFirst) {
      this.#hasStarted = true;
      this.#ports.onFirst(this.settled);
    }
    for (const wake of this.#waiters.splice(0)) wake();
    this.#desk.onChange();
  }
}
