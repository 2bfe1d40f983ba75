import type { LookupFunction } from "node:net";
import type { UnknownExitCheck, WitnessAnswer } from "../../domain/exit-check.ts";
import { type DirectIp, type ExitIp, familyOf, type PublicRange, reachOf } from "../../domain/ip.ts";
import type { TransportFailure } from "../../domain/proxy/transport.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Dial, ExitWitness } from "../../ports/exit-witness.ts";
import { askTarget } from "./ask-target.ts";
import { directDial } from "./direct-dial.ts";
import type { RawAnswer } from "./exchange.ts";
import { parseWitnessBody } from "./witness-body.ts";
import { parseWitnessUrl } from "./witness-url.ts";

export interface WitnessOptions {
  readonly publicRanges: readonly PublicRange[];
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
    const answer = await askTarget(target, dial, { clock, timeoutMs, giveUp });
    return "failed" in answer
      ? judge.unknown(witness, answer.failed.message, answer.failed)
      : judge.raw(witness, answer);
  }

  return {
    ask: (witness, dial, timeoutMs) => ask(witness, dial, { timeoutMs }),
    parse: (witness, answer) =>
      "error" in answer
        ? judge.unknown(witness, answer.error)
        : judge.raw(witness, { ...answer, headers: {} }),
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

function judgeBy({ publicRanges }: WitnessOptions, clock: Clock) {
  function unknown(witness: string, why: string, failure?: TransportFailure): UnknownExitCheck {
    return { kind: "unknown", witness, why, seenAt: clock.now(), failure };
  }

  function raw(witness: string, { status, headers, body }: RawAnswer): WitnessAnswer {
    const { location, age, "content-encoding": encoding } = headers;
    if (location !== undefined && status >= 300 && status < 400)
      return unknown(witness, `answered ${status}, a redirect, which is not followed`);
    if (status !== 200) return unknown(witness, `answered ${status}`);
    if (encoding !== undefined && encoding !== "identity")
      return unknown(witness, `answered with the encoding ${encoding}, which was not requested`);
    // Whoever was seen then, it need not have been this exit (RFC 9111 §5.1).
    if (age !== undefined && Number(age) > 0) return unknown(witness, `answered from a cache, ${age} s old`);
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
