import type { TransportFailure } from "../../domain/proxy/transport.ts";
import { type AnswerHeader, answerHeaders } from "../../domain/verdict/venue-answer.ts";
import type { Clock } from "../../ports/clock.ts";
import type { VenueProbe } from "../../ports/exit-witness.ts";
import { askTarget } from "./ask-target.ts";
import type { RawAnswer } from "./exchange.ts";
import { parseWitnessUrl } from "./witness-url.ts";

const mostBodyCharacters = 2_048;

/** Asks venues as witnesses are asked: a fresh connection and one plain GET for each question. */
export function venueProbe(clock: Clock): VenueProbe {
  return {
    async ask(url, dial, timeoutMs) {
      const target = parseWitnessUrl(url);
      if (target === undefined) return { kind: "failed", failure: notAsked(url) };
      const raw = await askTarget(target, dial, { clock, timeoutMs });
      if ("failed" in raw) return { kind: "failed", failure: raw.failed };
      const { status, body } = raw;
      return {
        kind: "answered",
        answer: {
          host: target.host.toLowerCase(),
          status,
          headers: toldHeaders(raw),
          body: body.slice(0, mostBodyCharacters),
          isSigned: false,
          times: 1,
          at: clock.now(),
        },
      };
    },
  };
}

function toldHeaders({ headers }: RawAnswer): Readonly<Partial<Record<AnswerHeader, string>>> {
  const told = answerHeaders.flatMap((name) => {
    const value = headers[name];
    return value === undefined ? [] : [[name, String(value)] as const];
  });
  return Object.fromEntries(told);
}

function notAsked(url: string): TransportFailure {
  const message = `${url} is not a plain http or https URL`;
  return { kind: "protocol", scope: "target", message, status: undefined };
}
