import type { CandidateFacts } from "../../domain/selection-facts.ts";
import type { Instant } from "../../domain/time.ts";
import { recover, strike } from "../../policy/cooldown.ts";
import { isOperators, type LossCause } from "../../policy/machine/state.ts";
import type { RunBook } from "../unit/recorder.ts";
import { writeStanding } from "./standing.ts";

export interface Leaving {
  readonly book: RunBook;
  readonly candidate: CandidateFacts;
  readonly cause: LossCause;
  readonly reason: string;
  readonly nowMs: Instant;
  /** A number in [0, 1) for the cooldown's jitter. */
  readonly unit: number;
  /** How long the exit had been held without a failure. */
  readonly cleanMs: number;
}

/** Writes down why an exit was left: transport and drift cool it, a refused credential stops every proxy that has it, an operator's word changes nothing more. */
export function leaveExit(leaving: Leaving): void {
  const { book, candidate, cause, reason, nowMs, unit, cleanMs } = leaving;
  const { assignment, proxy } = candidate;
  book.record({
    kind: `proxy.${eventOf[cause]}`,
    severity: "warning",
    message: `${proxy.label}: ${reason}`,
    proxyId: proxy.id,
  });
  if (isOperators(cause)) return;
  if (cause === "auth") {
    book.write((store) => stopCredential(store, candidate, nowMs));
    return;
  }
  let cooldownUntil: Instant | undefined;
  writeStanding(book, assignment, nowMs, (now) => {
    const struck = strike(recover(now, cleanMs), nowMs, unit);
    cooldownUntil = struck.cooldownUntil;
    return struck;
  });
  book.write(async (store) => {
    const state = cause === "drift" ? "drifted" : "down";
    await store.proxies.update(proxy.id, { state, stateSince: nowMs, nextProbeAt: cooldownUntil });
  });
}

const eventOf = {
  transport: "down",
  auth: "auth_failed",
  drift: "drifted",
  demoted: "withdrawn",
  edited: "withdrawn",
  held: "withdrawn",
  rotated: "rotated",
} as const satisfies Record<LossCause, string>;

async function stopCredential(
  store: Parameters<Parameters<RunBook["write"]>[0]>[0],
  candidate: CandidateFacts,
  nowMs: Instant,
): Promise<void> {
  const all = await store.proxies.list();
  // A rotation of the keys since the choice made every fingerprint anew.
  const own = all.find(({ id }) => id === candidate.proxy.id) ?? candidate.proxy;
  const fingerprints = [candidate.proxy, own].map(({ sealed }) => sealed?.fingerprint || undefined);
  const sharing = all.filter(
    ({ id, sealed }) =>
      id === candidate.proxy.id || (sealed !== undefined && fingerprints.includes(sealed.fingerprint)),
  );
  for (const proxy of sharing) {
    await store.proxies.update(proxy.id, { state: "auth_failed", stateSince: nowMs, nextProbeAt: undefined });
  }
}
