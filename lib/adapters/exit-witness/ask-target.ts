import type { TransportFailure } from "../../domain/proxy/transport.ts";
import { describeDuration } from "../../domain/time.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Dial } from "../../ports/exit-witness.ts";
import type { DialedConnection } from "../../ports/relay.ts";
import { exchange, type RawAnswer } from "./exchange.ts";
import { dialFailure, exchangeFailure } from "./witness-failure.ts";
import type { WitnessTarget } from "./witness-url.ts";

/** What came of a question: an answer, whatever its status, or why there is none. */
export type TargetAnswer = RawAnswer | { readonly failed: TransportFailure };

/** One GET over a connection that `dial` opens, within a time that covers both. Never rejects. */
export async function askTarget(
  target: WitnessTarget,
  dial: Dial,
  limits: { readonly clock: Clock; readonly timeoutMs: number; readonly giveUp?: AbortSignal | undefined },
): Promise<TargetAnswer> {
  const { clock, timeoutMs, giveUp } = limits;
  const deadline = new AbortController();
  const cancel = clock.after(timeoutMs, () => deadline.abort());
  const signal = giveUp === undefined ? deadline.signal : AbortSignal.any([deadline.signal, giveUp]);
  try {
    return await question(target, dial, { timeoutMs, signal });
  } finally {
    cancel();
  }
}

interface Limits {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

async function question(target: WitnessTarget, dial: Dial, limits: Limits): Promise<TargetAnswer> {
  const { signal, timeoutMs } = limits;
  let connection: DialedConnection;
  try {
    // The dial's own time is shorter, so that it can still say why before ours is over.
    connection = await unlessAborted(dial(target.host, target.port, Math.ceil(timeoutMs * 0.9)), signal);
  } catch (error) {
    return { failed: signal.aborted ? late(target, timeoutMs, "upstream") : dialFailure(error, target.host) };
  }
  try {
    return await exchange(target, connection, signal);
  } catch (error) {
    return {
      failed: signal.aborted ? late(target, timeoutMs, "target") : exchangeFailure(error, target.host),
    };
  }
}

// A connection that comes after its time is destroyed, not forgotten.
async function unlessAborted(
  dialing: Promise<DialedConnection>,
  signal: AbortSignal,
): Promise<DialedConnection> {
  const aborted = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
  const connection = await Promise.race([dialing, aborted]);
  if (connection !== undefined) return connection;
  dialing.then((tooLate) => tooLate.on("error", () => {}).destroy()).catch(() => {});
  throw signal.reason;
}

function late(target: WitnessTarget, timeoutMs: number, scope: "upstream" | "target"): TransportFailure {
  const what = scope === "upstream" ? "no connection to" : "no answer of";
  const message = `${what} ${target.host} within ${describeDuration(timeoutMs)}`;
  return { kind: "timeout", scope, message, status: undefined };
}
