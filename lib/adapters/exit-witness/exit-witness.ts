import type { LookupFunction } from "node:net";
import type { UnknownExitCheck, WitnessAnswer } from "../../domain/exit-check.ts";
import { type DirectIp, type ExitIp, familyOf, reachOf } from "../../domain/ip.ts";
import type { TransportFailure } from "../../domain/proxy/transport.ts";
import { describeDuration } from "../../domain/time.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Dial, ExitWitness, ExitWitnessOptions } from "../../ports/exit-witness.ts";
import type { DialedConnection } from "../../ports/relay.ts";
import { directDial } from "./direct-dial.ts";
import { exchange, type RawAnswer } from "./exchange.ts";
import { parseWitnessBody } from "./witness-body.ts";
import { dialFailure, exchangeFailure } from "./witness-failure.ts";
import { parseWitnessUrl, type WitnessTarget } from "./witness-url.ts";

export interface WitnessOptions extends ExitWitnessOptions {
  /** How names are resolved for the direct address; the system's resolver unless given. */
  readonly lookup?: LookupFunction;
}

/** Asks the world which address it sees: a fresh connection and one plain GET for each question. */
export function exitWitness(options: WitnessOptions, clock: Clock): ExitWitness {
  const judge = judgeBy(options, clock);

  async function ask(
    witness: string,
    dial: Dial,
    { timeoutMs, giveUp }: { readonly timeoutMs: number; readonly giveUp?: AbortSignal },
  ): Promise<WitnessAnswer> {
    const target = parseWitnessUrl(witness);
    if (target === undefined) return judge.unknown(witness, "is not a plain http or https URL");
    const deadline = new AbortController();
    const cancel = clock.after(timeoutMs, () => deadline.abort());
    const signal = giveUp === undefined ? deadline.signal : AbortSignal.any([deadline.signal, giveUp]);
    try {
      const answer = await question(target, dial, { timeoutMs, signal });
      return "failed" in answer
        ? judge.unknown(witness, answer.failed.message, answer.failed)
        : judge.raw(witness, answer);
    } finally {
      cancel();
    }
  }

  return {
    ask: (witness, dial, timeoutMs) => ask(witness, dial, { timeoutMs }),
    parse: (witness, answer) =>
      "error" in answer
        ? judge.unknown(witness, answer.error)
        : judge.raw(witness, { ...answer, location: undefined, encoding: undefined }),
    async directIp(witnesses, timeoutMs, family) {
      const found = new AbortController();
      const dial = directDial(found.signal, options.lookup, family);
      try {
        const first = await Promise.any(
          witnesses.map(async (witness) => {
            const answer = await ask(witness, dial, { timeoutMs, giveUp: found.signal });
            if (answer.kind === "unknown") throw new Error(answer.why);
            // A witness named by an address is reached over that family alone.
            if (family !== undefined && familyOf(answer.exitIp) !== family)
              throw new Error("the other family");
            return answer.exitIp;
          }),
        ).catch(() => undefined);
        return first as DirectIp | undefined;
      } finally {
        found.abort();
      }
    },
  };
}

interface Limits {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

async function question(
  target: WitnessTarget,
  dial: Dial,
  limits: Limits,
): Promise<RawAnswer | { readonly failed: TransportFailure }> {
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

function judgeBy({ publicRanges }: ExitWitnessOptions, clock: Clock) {
  function unknown(witness: string, why: string, failure?: TransportFailure): UnknownExitCheck {
    return { kind: "unknown", witness, why, seenAt: clock.now(), failure };
  }

  function raw(witness: string, { status, location, encoding, body }: RawAnswer): WitnessAnswer {
    if (location !== undefined && status >= 300 && status < 400)
      return unknown(witness, `answered ${status}, a redirect, which is not followed`);
    if (status !== 200) return unknown(witness, `answered ${status}`);
    if (encoding !== undefined && encoding !== "identity")
      return unknown(witness, `answered with the encoding ${encoding}, which was not requested`);
    const parsed = parseWitnessBody(body);
    if (parsed.kind === "unusable") return unknown(witness, parsed.why);
    const reach = reachOf(parsed.ip, publicRanges);
    if (reach === "private")
      return unknown(
        witness,
        `answered ${parsed.ip}, which is not a public address (a lab's addresses belong under network.public_ranges)`,
      );
    const exitIp = parsed.ip as ExitIp;
    return { kind: "seen", exitIp, country: parsed.country, witness, seenAt: clock.now(), reach };
  }

  return { unknown, raw };
}
