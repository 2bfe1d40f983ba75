import { exitKeyOf } from "../../domain/ip.ts";
import type { BotRunnerSettings } from "../../domain/run/run-settings.ts";
import type { HeldExit } from "../../policy/machine/state.ts";
import { changeReputation } from "../../policy/reputation/answer/answer-changes.ts";
import { isTimeToLeave } from "../../policy/reputation/expiry.ts";
import { incidentOfVendor } from "../../policy/reputation/guard.ts";
import { nextReputation } from "../../policy/reputation/reputation.ts";
import { type ConnectionCounts, isSlowBurn } from "../../policy/reputation/slow-burn.ts";
import type { RelayEvent } from "../../ports/relay.ts";
import type { RunContext } from "../unit/context.ts";
import { wayOf } from "./venue-words.ts";

type Parts = RunContext<BotRunnerSettings>;

const lookEveryMs = 60_000;
/** Reputations are credited with clean use now and then: it is counted in days. */
const creditEveryMs = 600_000;
/** A bot that asks for ever new hosts, none of which is there, is worth no more rows a minute. */
const mostUnreachable = 60;

interface Minute extends ConnectionCounts {
  readonly atMs: number;
}

/**
 * Stores how the connections through a bot's exit go, credits clean use, and looks now and then whether the bot had better leave an
 * exit that still works: it ends soon, too many of its connections fail, or its vendor has an incident that it feels.
 */
export class ExitReasons {
  readonly #parts: Parts;
  #minutes: Minute[] = [];
  #good = 0;
  #failed = 0;
  #unreachable = 0;
  #lease: unknown;
  #creditedAtMs = 0;
  #cancel: () => void = () => {};

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#after();
  }

  hearRelay(event: RelayEvent): void {
    if (event.type === "connected") this.#good += 1;
    if (event.type !== "failed" || event.failure.scope === "host") return;
    this.#failed += 1;
    const exit = this.#parts.exit();
    if (exit === undefined) return;
    const { scope, kind: failure, message: why } = event.failure;
    const kind =
      scope === "target" ? "unreachable" : failure === "auth" ? "credential_refused" : "connect_failed";
    if (scope === "target" && ++this.#unreachable > mostUnreachable) return;
    const { ports } = this.#parts;
    ports.evidence.add({
      ...wayOf(this.#parts, exit),
      at: ports.clock.now(),
      channel: "relay",
      kind,
      isFailure: true,
      // What the relay itself met on the way needs no second witness.
      weight: 1,
      times: 1,
      why,
    });
  }

  stop(): void {
    this.#cancel();
  }

  #after(): void {
    this.#cancel = this.#parts.ports.clock.after(lookEveryMs, () => {
      void this.#look().finally(() => this.#after());
    });
  }

  // A database that does not answer keeps everybody where they are.
  async #look(): Promise<void> {
    const exit = this.#parts.exit();
    const nowMs = this.#parts.ports.clock.monotonicMs();
    if (exit?.lease !== this.#lease) {
      this.#lease = exit?.lease;
      this.#minutes = [];
      this.#creditedAtMs = nowMs;
    }
    const minute = { good: this.#good, failed: this.#failed, atMs: nowMs };
    this.#good = 0;
    this.#failed = 0;
    this.#unreachable = 0;
    const since = nowMs - this.#parts.settings.switchRules.slowBurnMs;
    this.#minutes = [...this.#minutes.filter(({ atMs }) => atMs > since), minute];
    if (exit === undefined) return;
    try {
      await this.#judge(exit, minute);
    } catch {
      // Looked at again in a minute.
    }
  }

  async #judge(exit: HeldExit, { failed }: Minute): Promise<void> {
    const { ports, settings, dispatch } = this.#parts;
    const { proxy } = exit.chosen.facts;
    const want = (cause: "expiring" | "slow_burn" | "vendor_incident", reason: string): void =>
      dispatch({ type: "switch-wanted", cause, reason, mustLeave: false, backOffMs: 0 });
    const now = ports.clock.now();
    const date = new Date(now);
    const moment = { now, minuteOfDay: date.getHours() * 60 + date.getMinutes() };
    if (proxy.expiresAt !== undefined && isTimeToLeave(proxy.expiresAt, moment, settings.quietHours))
      want("expiring", `${proxy.label} ends soon`);
    const counts = sumOf(this.#minutes);
    if (isSlowBurn(counts, settings.switchRules))
      want(
        "slow_burn",
        `of ${counts.good + counts.failed} connections through ${proxy.label} ${counts.failed} failed`,
      );
    if (failed > 0) {
      const incident = incidentOfVendor(await ports.store.reputations.incidents(), proxy.provider);
      if (incident !== undefined) want("vendor_incident", incident.why);
    }
    await this.#credit(exit);
  }

  async #credit(exit: HeldExit): Promise<void> {
    const { ports, settings } = this.#parts;
    const cleanMs = ports.clock.monotonicMs() - this.#creditedAtMs;
    if (cleanMs < creditEveryMs) return;
    this.#creditedAtMs = ports.clock.monotonicMs();
    const moment = { now: ports.clock.now(), random01: ports.random.random01(), rules: settings.switchRules };
    for (const row of await ports.store.reputations.list({ exitKeys: [exitKeyOf(exit.proof.exitIps[0])] })) {
      const next = nextReputation(row, { type: "used-cleanly", cleanMs }, moment);
      await ports.store.apply(changeReputation(row, next, undefined));
    }
  }
}

function sumOf(minutes: readonly Minute[]): ConnectionCounts {
  return {
    good: minutes.reduce((sum, { good }) => sum + good, 0),
    failed: minutes.reduce((sum, { failed }) => sum + failed, 0),
  };
}
