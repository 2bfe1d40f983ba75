import { anyVenue, type VenueName } from "../../domain/account.ts";
import type { IpAddress } from "../../domain/ip.ts";
import type { BotReport } from "../../domain/run/bot-report.ts";
import type { BotRunnerSettings } from "../../domain/run/run-settings.ts";
import type { RequestAnswer } from "../../domain/run/unit-wish.ts";
import { describeDuration, describeWait, type Instant, type MonotonicMs } from "../../domain/time.ts";
import { venueAmong, withRegionalSites } from "../../domain/venue-names.ts";
import type { Classified } from "../../domain/verdict/answer-class.ts";
import { untilWithin } from "../../domain/verdict/until-within.ts";
import type { VenueAnswer } from "../../domain/verdict/venue-answer.ts";
import type { HeldExit } from "../../policy/machine/state.ts";
import type { AnswerDecision, AnswerFacts, SeenAnswer } from "../../policy/reputation/answer/answer-facts.ts";
import { judgeAnswer } from "../../policy/reputation/answer/judge-answer.ts";
import { classify } from "../../policy/verdict/classify.ts";
import { matchOutput } from "../../policy/verdict/output/output-rules.ts";
import { plainAnswer } from "../../policy/verdict/venues/plain-answer.ts";
import type { BotChannelEvent } from "../../ports/bot-channel.ts";
import type { Clock } from "../../ports/clock.ts";
import { observerOf } from "../exit/report-evidence.ts";
import type { RunContext } from "../unit/context.ts";
import type { AccountIntake } from "../unit/ports.ts";
import type { Inquiries } from "./inquiries.ts";
import { JudgingQueue, type Waiting } from "./judging-queue.ts";
import { onlyVenueOf, readAnswerFacts, venueReported } from "./read-answer-facts.ts";
import { classifiedReport, rowOf, type SaidOfVenue, wayOf } from "./venue-words.ts";

/** An answer may be told so late; whoever names another time has a clock of its own. */
const toldWithinMs = 60_000;

type Parts = RunContext<BotRunnerSettings>;
type Answers = Pick<AnswerFacts, "probes" | "exitSeen">;

/** One answer leads to at most so many questions. */
const mostRounds = 5;

/**
 * Takes what a bot meets at its venues from every channel: stores it, has it judged, and does what follows. Nothing of the bot's
 * traffic is opened for it.
 */
export class VenueIntake implements AccountIntake {
  readonly #parts: Parts;
  readonly #inquiries: Inquiries;
  readonly #queue: JudgingQueue;
  /** When this run last wrote a line of each kind into the history. */
  readonly #told = new Map<string, MonotonicMs>();
  /** Exits from which a venue took a signed request: told once. */
  readonly #accepted = new Set<string>();
  /** Aborted when the run ends. */
  readonly #over = new AbortController();

  constructor(parts: Parts, inquiries: Inquiries) {
    this.#parts = parts;
    this.#inquiries = inquiries;
    this.#queue = new JudgingQueue(parts.ports.clock, (said) => this.#tryToJudge(said));
  }

  /** A frame of the bot. */
  hear(event: BotChannelEvent): void {
    if (event.type === "answers") for (const answer of event.answers) void this.#hearAnswer(answer);
    if (event.type === "report" && !this.#isOver(event))
      this.#report(this.#within(event), this.#parts.settings.unit.name, "report");
  }

  /** A line of the bot's output that may tell something. */
  async hearLine(line: string): Promise<void> {
    const { knowledge, clock } = this.#parts.ports;
    const venues = this.#venues();
    if (venues.length === 0) return;
    const at = clock.now();
    const classified = matchOutput(
      { line, at, onlyVenue: onlyVenueOf(venues) },
      await knowledge.outputRules(withRegionalSites(venues)),
    );
    if (classified === undefined) return;
    this.#take({
      channel: "output",
      classified,
      times: 1,
      at,
      answer: { status: 0, headers: {}, body: line },
    });
  }

  report(report: BotReport, by: string): RequestAnswer {
    return this.#report(report, by, "operator");
  }

  #report(report: BotReport, by: string, channel: "report" | "operator"): RequestAnswer {
    const exit = this.#parts.exit();
    if (exit === undefined)
      return { isDone: false, text: "It has no exit now that a report could be about." };
    const { venues } = exit.chosen.account;
    const venue = venueReported(report.venue, venues);
    if (venue === undefined) {
      const named = report.venue === undefined ? "names no venue" : `names ${report.venue}`;
      const text = `the report "${report.what}" of ${by} ${named}, and the account's are ${venues.join(", ")}: it does not count`;
      this.#parts.say("warning", text);
      return { isDone: false, text };
    }
    const at = this.#parts.ports.clock.now();
    this.#take({ channel, classified: classifiedReport(report, venue, by), times: 1, at });
    return { isDone: true, text: `It is noted for ${exit.label} at ${venue}.` };
  }

  hearProbe(classified: Classified): void {
    if (classified.class === "ok") return;
    this.#take({ channel: "probe", classified, times: 1, at: this.#parts.ports.clock.now() });
  }

  isHolding(): boolean {
    return this.#parts.exit() !== undefined;
  }

  isOn(exitIp: IpAddress): boolean {
    const held = this.#parts.exit()?.proof.exitIps ?? [];
    return held.some((ip) => ip === exitIp);
  }

  /** Settles when nothing is judged any more. */
  async stop(): Promise<void> {
    this.#over.abort(new Error("the run is over"));
    await this.#queue.stop();
  }

  #venues(): readonly VenueName[] {
    return this.#parts.exit()?.chosen.account.venues ?? [];
  }

  #book() {
    return this.#parts.ports.knowledge.book(withRegionalSites(this.#venues()));
  }

  // Nearly all answers are plain successes: no rule is loaded for them.
  async #hearAnswer(told: VenueAnswer): Promise<void> {
    const { ports, exit } = this.#parts;
    const held = exit();
    if (held === undefined) return;
    const answer = { ...told, at: believedAt(told.at, ports.clock.now()) };
    // Of the exit before, whose last answers came late.
    if (answer.at < heldSince(held, ports.clock)) return;
    const plain = plainAnswer(answer, ports.knowledge.hosts());
    const classified = plain === "rules" ? classify(answer, await this.#book()) : plain;
    if (classified === undefined || classified.class === "ok") return;
    const place = `${held.proof.exitIps[0]} ${classified.venue}`;
    if (classified.class === "accepted" && this.#accepted.has(place)) return;
    if (classified.class === "accepted") this.#accepted.add(place);
    this.#take({ channel: "inside", classified, times: answer.times, at: answer.at, answer });
  }

  // What has ended keeps nobody waiting, and is no failure of the exit.
  #isOver({ what, untilAt }: BotReport): boolean {
    const { ports, settings, say } = this.#parts;
    const overMs = ports.clock.now() - (untilAt ?? Infinity);
    if (overMs < 0 || (what !== "burned" && what !== "limited")) return false;
    const text = `the report "${what}" of ${settings.unit.name} does not count: its \`until\` has been over for ${describeDuration(overMs)}`;
    say("warning", text);
    return true;
  }

  // What a bot says is believed as far as what a venue says: it can burn no exit of the group for good.
  #within(report: BotReport): BotReport {
    const { untilAt } = report;
    return untilAt === undefined
      ? report
      : { ...report, untilAt: untilWithin(untilAt, this.#parts.ports.clock.now()) };
  }

  // What comes belongs to the exit that is held when it comes: the one before was cut first. A bot reads prices at other venues,
  // too; what they answer moves no account that does not trade there.
  #take(said: SaidOfVenue): void {
    const exit = this.#parts.exit();
    const venues = this.#venues();
    const venue = venues.includes(anyVenue)
      ? said.classified.venue
      : venueAmong(venues, said.classified.venue);
    if (exit === undefined || venue === undefined) return;
    this.#queue.add({ ...said, classified: { ...said.classified, venue }, exit });
  }

  async #tryToJudge(said: Waiting): Promise<void> {
    try {
      await this.#judge(said);
    } catch (error) {
      if (this.#over.signal.aborted) return;
      const why = error instanceof Error ? error.message : String(error);
      this.#parts.say("warning", `what ${said.classified.venue} answered could not be judged: ${why}`);
    }
  }

  async #judge(said: Waiting): Promise<void> {
    const { ports, settings } = this.#parts;
    ports.evidence.add(rowOf(said, wayOf(this.#parts, said.exit)));
    if (said.classified.class === "unknown" || said.classified.class === "venue_trouble") return;
    // Every launcher's guard reads what was stored: what could not be stored moves nobody.
    if (!(await ports.evidence.flush())) return;
    const seen: SeenAnswer = { by: observerOf(this.#parts), ...said };
    const way = { ...wayOf(this.#parts, said.exit), proxy: said.exit.chosen.facts.proxy };
    let found: Answers = { probes: { exit: "unasked", candidate: "unasked" }, exitSeen: "unasked" };
    for (let round = 0; round < mostRounds; round++) {
      const asked = { seen, way, found: { ...found, told: this.#toldLately() } };
      const facts = await ports.judging.take(async () =>
        this.#over.signal.aborted ? undefined : readAnswerFacts(ports, settings.switchRules, asked),
      );
      if (facts === undefined || this.#over.signal.aborted || this.#parts.exit()?.lease !== said.exit.lease)
        return;
      const moment = {
        now: ports.clock.now(),
        random01: ports.random.random01(),
        rules: settings.switchRules,
      };
      const { changes, decision } = judgeAnswer(seen, facts, moment);
      await ports.store.apply(changes);
      for (const change of changes)
        if ("event" in change && change.event !== undefined)
          this.#told.set(change.event.kind, ports.clock.monotonicMs());
      const more = await this.#follow(decision, said);
      if (more === undefined) return;
      found = { exitSeen: more.exitSeen ?? found.exitSeen, probes: { ...found.probes, ...more.probes } };
    }
  }

  /** Does what was decided; gives back what was found out where more had to be asked. */
  async #follow(
    decision: AnswerDecision,
    { classified: { class: seen, venue }, exit }: Waiting,
  ): Promise<Partial<{ exitSeen: Answers["exitSeen"]; probes: Partial<Answers["probes"]> }> | undefined> {
    const { say, dispatch, ports } = this.#parts;
    switch (decision.kind) {
      case "none":
        return undefined;
      case "wait": {
        const left = describeWait(decision.untilAt - ports.clock.now());
        say("info", `stays on ${exit.label}, where ${venue} serves it again in ${left}: ${decision.why}`);
        return undefined;
      }
      case "check-exit":
        return this.#askExit(exit);
      case "probe-venue": {
        const { through } = decision;
        const asked = { through, exit, signal: this.#over.signal };
        const { outcome, said } = await this.#inquiries.serves(venue, asked);
        // The probe read what the bot's client does not show: that is judged instead.
        if (seen !== "geo_blocked" && said?.classified.class === "geo_blocked") {
          const classified = { ...said.classified, venue };
          this.#queue.add({ channel: "probe", classified, times: 1, at: said.at, exit });
          return undefined;
        }
        return { probes: { [through]: outcome } };
      }
      case "leave": {
        const { cause, why: reason, backOffMs } = decision;
        dispatch({ type: "switch-wanted", cause, reason, mustLeave: true, backOffMs });
        return undefined;
      }
      case "stop":
        say("error", `${decision.why} ${decision.hint}`);
        dispatch({
          type: "switch-wanted",
          cause: "geo_blocked",
          reason: decision.why,
          mustLeave: true,
          backOffMs: 0,
        });
        return undefined;
      default:
        return decision satisfies never;
    }
  }

  // Where no witness answers nothing is concluded: the same answer comes again.
  async #askExit(exit: HeldExit): Promise<{ readonly exitSeen: Answers["exitSeen"] } | undefined> {
    const exitSeen = await this.#inquiries.exitSeen(exit, this.#over.signal);
    return exitSeen === "unasked" ? undefined : { exitSeen };
  }

  #toldLately(): readonly string[] {
    const { ports, settings } = this.#parts;
    const since = ports.clock.monotonicMs() - settings.switchRules.toldEveryMs;
    return [...this.#told].flatMap(([kind, at]) => (at > since ? [kind] : []));
  }
}

function believedAt(at: Instant, now: Instant): Instant {
  return at <= now && at > now - toldWithinMs ? at : now;
}

function heldSince({ heldSinceMs }: HeldExit, clock: Clock): number {
  return clock.now() - (clock.monotonicMs() - heldSinceMs);
}
