import type { SwitchDecision, SwitchRequest } from "../../../domain/reputation/switch.ts";
import { type Instant, instant } from "../../../domain/time.ts";
import { StoreError } from "../../../errors.ts";
import type { BotEffect } from "../../../policy/machine/effect.ts";
import type { EventOf } from "../../../policy/machine/event.ts";
import type { ProvenCandidate } from "../../../policy/machine/state.ts";
import { howToDeclare } from "../../../policy/reputation/venue-findings.ts";
import { findOther } from "../../venue/find-other.ts";
import { heldAgainst } from "../../venue/held-against.ts";
import type { AnswerOf, EffectRun } from "../effect-map.ts";
import type { BotContext } from "../effects/bot-context.ts";
import { claimSwitch, requestOf } from "./permits.ts";

/** How long a database that does not answer is left alone, and what only an operator can mend. */
const storeRetryMs = 60_000;

/** Whatever time a refusal names, the database is not asked in a tight loop. */
const leastRetryMs = 1_000;

type Asked = Extract<BotEffect, { readonly do: "prepare-switch" }>;

/** Finds and proves another exit at which the venues answer, and asks for the switch; what cannot be asked is no reason to move. */
export const prepareSwitch: EffectRun<"prepare-switch", BotContext> = {
  async run(asked, context, signal) {
    try {
      return await prepare(asked, context, signal);
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== "LAUNCH_STORE_UNREACHABLE") throw error;
      const reason = "the database does not answer, and without it nothing is switched";
      return { type: "switch-refused", because: "store", reason, retryInMs: storeRetryMs };
    }
  },
};

async function prepare(
  asked: Asked,
  context: BotContext,
  signal: AbortSignal,
): Promise<AnswerOf<"prepare-switch">> {
  // What was seen and written so far is part of what is decided by.
  await context.recorder.settled();
  const refusal = (await overWith(asked, context)) ?? (await keptInPlace(asked, context));
  if (refusal !== undefined) return refusal;
  const found = await findOther(context, context.seeker, asked, signal);
  if (found.kind === "failed") return found.failure;
  if (found.kind === "none") return found.refusal;
  const { decision, facts } = await claimSwitch(context, requestFor(asked, context, found.other));
  signal.throwIfAborted();
  if (decision.kind === "granted") return { type: "switch-granted", tried: found.tried };
  return refusedBy(decision, facts.now, context.ports.clock.now());
}

/** Its time may be over, or an operator may have revived the exit meanwhile. */
async function overWith(
  { exit, want }: Asked,
  { ports }: BotContext,
): Promise<EventOf<"switch-refused"> | undefined> {
  if (exit === undefined || (want.cause !== "burned" && want.cause !== "geo_blocked")) return undefined;
  if ((await heldAgainst(ports, exit)) !== undefined) return undefined;
  const reason = `nothing is held against ${exit.label} any more`;
  return { type: "switch-refused", because: "over", reason, retryInMs: 0 };
}

/** To go round a block of a country on one's own may breach the venue's terms or the law: only declared ones are tried. */
async function keptInPlace(
  { want }: Asked,
  { ports, settings }: BotContext,
): Promise<EventOf<"switch-refused"> | undefined> {
  if (want.cause !== "geo_blocked") return undefined;
  const facts = await ports.store.accounts.facts(settings.accountId);
  if (facts === undefined || facts.account.allowedCountries.length > 0) return undefined;
  const reason = `${want.reason} ${howToDeclare(facts.account.name)}`;
  return { type: "switch-refused", because: "no_exit", reason, retryInMs: storeRetryMs };
}

// While nothing runs, the exit that was left is told by its vendor alone.
function requestFor({ exit, want, lost }: Asked, context: BotContext, other: ProvenCandidate): SwitchRequest {
  const known = exit && requestOf(context, exit, want.cause);
  if (known !== undefined) return known;
  const { ports, settings } = context;
  return {
    kind: "planned",
    cause: want.cause,
    accountId: settings.accountId,
    runId: settings.runId,
    venues: other.chosen.account.venues,
    provider: lost?.provider,
    exitKey: undefined,
    hostKey: ports.hostKey,
  };
}

// The database's clock says how long; this host's says what time it is then.
function refusedBy(
  { because, untilAt, why }: Extract<SwitchDecision, { readonly kind: "refused" }>,
  databaseNow: Instant,
  now: Instant,
): EventOf<"switch-refused"> {
  const retryInMs = Math.max(leastRetryMs, untilAt - databaseNow);
  return {
    type: "switch-refused",
    because: because === "incident" ? "incident" : "budget",
    reason: `waits until ${timeOfDay(instant(now + retryInMs), now)}: ${why}`,
    retryInMs,
  };
}

/** As a clock on the wall shows it, with the day where it is not today. */
function timeOfDay(at: Instant, now: Instant): string {
  const [moment, today] = [new Date(at), new Date(now)];
  const pad = (value: number) => String(value).padStart(2, "0");
  const time = `${pad(moment.getHours())}:${pad(moment.getMinutes())}`;
  if (moment.toDateString() === today.toDateString()) return time;
  return `${moment.getFullYear()}-${pad(moment.getMonth() + 1)}-${pad(moment.getDate())} ${time}`;
}
