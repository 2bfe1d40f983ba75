import { neighbourhoodOf } from "../../../lib/domain/ip.ts";
import type { Proxy } from "../../../lib/domain/proxy/proxy.ts";
import type { TransportFailure } from "../../../lib/domain/proxy/transport.ts";
import type { LostCause, PlannedCause } from "../../../lib/domain/reputation/switch.ts";
import { switchDefaults as rules } from "../../../lib/domain/reputation/switch-rules.ts";
import type { Exclusion } from "../../../lib/policy/eligibility.ts";
import type { AnswerDecision } from "../../../lib/policy/reputation/answer/answer-facts.ts";
import type { Selection, Surroundings } from "../../../lib/policy/select.ts";
import { Desk } from "./desk.ts";
import { hear } from "./hear.ts";
import { at, exitOf, keyOf, type Layout, type SimAccount, secondOf } from "./layout.ts";
import { Probes, wayOf } from "./probes.ts";
import { creditCleanUse, freeBeside, mend, togetherOn } from "./upkeep.ts";
import type { World } from "./world.ts";

const [requestEveryS, restartS, exitCheckEveryS, upkeepEveryS, holdS, daysS] = [5, 8, 60, 3_600, 60, 86_400];
const roundsToLose = 3;

/** A bot's move from one exit to another. */
export interface Move {
  readonly atS: number;
  readonly account: string;
  readonly from: string | undefined;
  readonly to: string;
  readonly cause: PlannedCause | "lost";
}

interface Running {
  readonly on: "running";
  readonly proxy: Proxy;
  readonly sinceS: number;
  /** `goAtS`: lost, and the fleet's pace lets it go then; should the exit answer before, it stays. */
  readonly verifying?:
    | { readonly round: number; readonly nextS: number; readonly goAtS?: number }
    | undefined;
}

/** `planned`: it left a refused exit, and needs a permit and a candidate that the venue serves. */
interface Waiting {
  readonly on: "waiting";
  readonly retryS: number;
  readonly lost: Surroundings | undefined;
  readonly planned: PlannedCause | undefined;
}

type Bot = Running | Waiting | { readonly on: "starting"; readonly proxy: Proxy; readonly readyS: number };
type Wish = Pick<Waiting, "lost" | "planned">;

/** Bots under the real policy, in a world and with a database that are simulated. */
export class Fleet {
  readonly desk: Desk;
  readonly moves: Move[] = [];
  /** What must never be, in words. */
  readonly violations: string[] = [];
  restarts = 0;
  readonly #layout: Layout;
  readonly #world: World;
  readonly #probes: Probes;
  readonly #bots = new Map<SimAccount, Bot>();
  readonly #lastExit = new Map<SimAccount, string>();
  readonly #burns = new Map<SimAccount, readonly { readonly atS: number; readonly exitKey: string }[]>();
  #keptS = 0;

  constructor(layout: Layout, world: World) {
    this.#layout = layout;
    this.#world = world;
    this.#probes = new Probes(world);
    this.desk = new Desk(layout, world.random);
    for (const account of layout.accounts) this.#choose(account, { lost: undefined, planned: undefined }, 0);
    this.moves.length = 0;
    this.restarts = 0;
  }

  /** How many pairs of account and exit a venue has seen. */
  get pairs(): number {
    return this.desk.database.usedExits.size;
  }

  /** The accounts whose bots do not run. */
  get idle(): readonly string[] {
    return [...this.#bots].filter(([, { on }]) => on !== "running").map(([{ account }]) => account.name);
  }

  run(fromS: number, toS: number): void {
    for (let nowS = fromS; nowS < toS; nowS = Math.min(toS, this.#nextS(nowS))) {
      for (const account of this.#layout.accounts) this.#step(account, nowS);
      if (nowS >= this.#keptS + upkeepEveryS) this.#keepUp(nowS);
    }
  }

  // Time in which nothing can happen is skipped.
  #nextS(nowS: number): number {
    let next = Math.min(this.#world.nextEdge(nowS), this.#keptS + upkeepEveryS);
    for (const [account, bot] of this.#bots) {
      if (bot.on === "starting") next = Math.min(next, bot.readyS);
      else if (bot.on === "waiting") next = Math.min(next, bot.retryS);
      else if (bot.verifying !== undefined) next = Math.min(next, bot.verifying.nextS);
      else if (this.#world.touches(wayOf(account, bot.proxy), account.venue, nowS))
        next = Math.min(next, nowS + requestEveryS - ((nowS + account.index) % requestEveryS));
    }
    return Math.max(nowS + 1, Math.ceil(next));
  }

  #step(account: SimAccount, nowS: number): void {
    const bot = this.#bots.get(account);
    if (bot?.on === "starting" && nowS >= bot.readyS)
      this.#bots.set(account, { on: "running", proxy: bot.proxy, sinceS: nowS });
    else if (bot?.on === "waiting" && nowS >= bot.retryS) this.#choose(account, bot, nowS);
    else if (bot?.on === "running") this.#live(account, bot, nowS);
  }

  #live(account: SimAccount, bot: Running, nowS: number): void {
    const isDue = (everyS: number) => (nowS + account.index) % everyS === 0;
    if (bot.verifying !== undefined) {
      if (nowS >= bot.verifying.nextS) this.#verify(account, bot, bot.verifying, nowS);
    } else if (isDue(exitCheckEveryS) && this.#probes.hasDrifted(account, bot.proxy, nowS))
      this.#lose(account, bot, "drift", nowS);
    else if (isDue(requestEveryS)) this.#request(account, bot, nowS);
  }

  #request(account: SimAccount, bot: Running, nowS: number): void {
    const { proxy } = bot;
    const outcome = this.#world.ask(wayOf(account, proxy), account.venue, nowS, true);
    if (outcome.kind === "failed") {
      this.desk.seeWay(account, proxy, nowS);
      this.#bots.set(account, { ...bot, verifying: { round: 0, nextS: nowS } });
      return;
    }
    if (outcome.class === "ok") return;
    // Of some bots, neither Node nor Python, only the output tells.
    const channel = account.index % 5 === 4 ? "output" : "inside";
    const burnsOfDay = this.#burnsOf(account, nowS).filter(
      (burn) => burn.exitKey !== keyOf(exitOf(proxy)),
    ).length;
    const parts = { desk: this.desk, probes: this.#probes };
    const decision = hear(parts, { account, proxy }, { outcome, channel, burnsOfDay }, nowS);
    if (decision.kind === "leave") this.#leave(account, bot, decision, nowS);
  }

  #verify(
    account: SimAccount,
    bot: Running,
    { round, goAtS }: NonNullable<Running["verifying"]>,
    nowS: number,
  ): void {
    const answers = this.#probes.askWitnesses(account, bot.proxy, nowS);
    if (answers.some(({ kind }) => kind === "answered")) {
      if (this.#probes.hasDrifted(account, bot.proxy, nowS)) this.#lose(account, bot, "drift", nowS);
      else this.#bots.set(account, { ...bot, verifying: undefined });
      return;
    }
    this.desk.seeWay(account, bot.proxy, nowS);
    const isRefused = answers.every((answer) => answer.kind === "failed" && answer.isRefusal);
    if (isRefused && round >= 1) {
      this.#lose(account, bot, "auth", nowS);
      return;
    }
    if (goAtS !== undefined && nowS >= goAtS) {
      this.#depart(account, bot, "transport", nowS);
      return;
    }
    const nextS = nowS + (round + 1 < roundsToLose ? 2 : 5);
    this.#bots.set(account, {
      ...bot,
      verifying: { round: round + 1, nextS, ...(goAtS === undefined ? {} : { goAtS }) },
    });
    if (round + 1 < roundsToLose || goAtS !== undefined) return;
    const controls = this.desk.controls(account, bot.proxy, nowS);
    if (controls.some(({ proxy }) => this.#probes.reaches(account, proxy, nowS)))
      this.#lose(account, bot, "transport", nowS);
  }

  /** Granted at once, or in its turn: until then it goes on being verified behind its shut relay. */
  #lose(account: SimAccount, bot: Running, cause: LostCause, nowS: number): void {
    const decision = this.desk.claim(account, bot.proxy, { kind: "lost", cause }, nowS);
    const delayS = decision.kind === "granted" ? decision.delayMs / 1_000 : 0;
    if (delayS === 0 || cause !== "transport") {
      this.#depart(account, bot, cause, nowS + delayS);
      return;
    }
    const verifying = { round: roundsToLose, nextS: nowS + 5, goAtS: nowS + delayS };
    this.#bots.set(account, { ...bot, verifying });
  }

  #depart(account: SimAccount, bot: Running, cause: LostCause, nowS: number): void {
    const cleanMs = (nowS - bot.sinceS) * 1_000;
    this.desk.report(account, bot.proxy, { kind: "exit-lost", cause, why: cause, cleanMs }, { nowS });
    this.desk.database.holdings.delete(account.account.id);
    this.#choose(account, { lost: surroundingsOf(bot.proxy), planned: undefined }, nowS);
  }

  /** The venue refuses the exit: the bot goes where it is served, or waits without one. */
  #leave(
    account: SimAccount,
    bot: Running,
    { cause, backOffMs }: Extract<AnswerDecision, { readonly kind: "leave" }>,
    nowS: number,
  ): void {
    const { database } = this.desk;
    const exitKey = keyOf(exitOf(bot.proxy));
    this.#burns.set(account, [...this.#burnsOf(account, nowS), { atS: nowS, exitKey }]);
    const untilAt = database.reputations.get(`${exitKey} ${account.venue}`)?.untilAt;
    const cleanMs = (nowS - bot.sinceS) * 1_000;
    this.desk.report(account, bot.proxy, { kind: "exit-burned", why: cause, untilAt, cleanMs }, { nowS });
    database.holdings.delete(account.account.id);
    const wish: Wish = { lost: surroundingsOf(bot.proxy), planned: cause };
    if (backOffMs === 0) this.#choose(account, wish, nowS);
    else this.#bots.set(account, { on: "waiting", retryS: nowS + backOffMs / 1_000, ...wish });
  }

  #choose(account: SimAccount, wish: Wish, nowS: number): void {
    const excluded = new Map<Proxy["id"], Exclusion>();
    const failed: { readonly proxy: Proxy; readonly isRefused: boolean }[] = [];
    for (let tried = 0; ; tried++) {
      const found = this.desk.select(account, excluded, wish.lost, nowS);
      const isOver = wish.planned !== undefined && tried >= rules.preflight;
      if (found.kind === "none" || isOver) {
        this.#blame(account, failed, this.#probes.hostReaches(account, nowS), nowS);
        this.#wait(account, found, { ...wish, excluded }, nowS);
        return;
      }
      const { proxy } = found.candidate;
      const outcome = this.#probes.tryOut(account, proxy, wish.planned !== undefined, nowS);
      if (outcome === undefined) {
        this.#blame(account, failed, true, nowS);
        this.#take(account, proxy, wish, nowS);
        return;
      }
      if (outcome === "drifted") {
        const drift = { why: "drifted", seen: undefined, country: undefined, tookMs: 1 };
        this.desk.report(account, proxy, { kind: "exit-wrong", ...drift }, { nowS });
      } else if (outcome !== "unserved") failed.push({ proxy, isRefused: outcome === "refused" });
      excluded.set(proxy.id, { why: outcome, retryClass: "returns" });
    }
  }

  // Failures count once something else has answered: it may be the host that reaches nothing.
  #blame(
    account: SimAccount,
    failed: readonly { readonly proxy: Proxy; readonly isRefused: boolean }[],
    isAnswered: boolean,
    nowS: number,
  ): void {
    for (const { proxy, isRefused } of failed) {
      const failure: TransportFailure = {
        kind: isRefused ? "auth" : "refused",
        scope: "upstream",
        message: `${proxy.label} failed`,
        status: undefined,
      };
      const control = isAnswered ? "answers" : "silent";
      this.desk.report(
        account,
        proxy,
        { kind: "proxy-failed", failure, refusals: 2, tookMs: 1 },
        { nowS, control },
      );
    }
  }

  #take(account: SimAccount, proxy: Proxy, { lost, planned }: Wish, nowS: number): void {
    const { database } = this.desk;
    const exitKey = keyOf(exitOf(proxy));
    const from = this.#lastExit.get(account);
    if (planned !== undefined && from !== exitKey) {
      const decision = this.desk.claim(account, proxy, { kind: "planned", cause: planned }, nowS);
      if (decision.kind === "refused") {
        const retryS = Math.max(nowS + 1, secondOf(decision.untilAt));
        this.#bots.set(account, { on: "waiting", retryS, lost, planned });
        return;
      }
    }
    const row = database.reputations.get(`${exitKey} ${account.venue}`);
    const isBurned = row?.state === "burned" && (row.untilAt === undefined || row.untilAt > at(nowS));
    if (isBurned) this.violations.push(`${nowS}: ${account.account.name} took the burned exit ${exitKey}`);
    database.holdings.set(account.account.id, { account, proxy, exitKey });
    database.usedExits.add(`${account.account.id} ${exitKey}`);
    this.#lastExit.set(account, exitKey);
    this.violations.push(...togetherOn(this.desk).map((words) => `${nowS}: ${words}`));
    this.desk.report(account, proxy, { kind: "exit-taken" }, { nowS });
    this.restarts++;
    const cause = planned ?? "lost";
    if (from !== exitKey)
      this.moves.push({ atS: nowS, account: account.account.name, from, to: exitKey, cause });
    this.#bots.set(account, { on: "starting", proxy, readyS: nowS + restartS });
  }

  #wait(
    account: SimAccount,
    found: Selection,
    { lost, planned, excluded }: Wish & { readonly excluded: ReadonlyMap<Proxy["id"], Exclusion> },
    nowS: number,
  ): void {
    const known = found.kind === "none" ? found.canBecomeEligibleAt : undefined;
    const soonS = known === undefined ? nowS + holdS : Math.max(nowS + 1, secondOf(known));
    this.#bots.set(account, { on: "waiting", retryS: Math.min(nowS + holdS, soonS), lost, planned });
    const free = planned === undefined ? freeBeside(this.desk, account, excluded, nowS) : undefined;
    if (free !== undefined) this.violations.push(`${nowS}: ${account.account.name} starves beside ${free}`);
  }

  #burnsOf(account: SimAccount, nowS: number) {
    return (this.#burns.get(account) ?? []).filter(({ atS }) => atS > nowS - daysS);
  }

  #keepUp(nowS: number): void {
    const isRunning = (account: SimAccount) => this.#bots.get(account)?.on === "running";
    creditCleanUse(this.desk, isRunning, (nowS - this.#keptS) * 1_000, nowS);
    if (Math.floor(nowS / daysS) > Math.floor(this.#keptS / daysS)) mend(this.desk, this.#world, nowS);
    this.#keptS = nowS;
  }
}

function surroundingsOf(proxy: Proxy): Surroundings {
  return { provider: proxy.provider, neighbourhood: neighbourhoodOf(exitOf(proxy)) };
}
