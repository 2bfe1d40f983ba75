import { type AnswerItem, mostAnswers, toldHeaders } from "../../protocol/bot-frames.ts";

/** One answer as it was seen. */
export interface SeenAnswer {
  readonly host: string;
  readonly status: number;
  readonly isSigned: boolean;
  /** Called only for an answer that is told with its headers. */
  readonly header: (name: string) => string | undefined;
}

const mostHeaderCharacters = 256;

/** Answers that wait to be told: equal ones are counted, so that a busy bot needs no more memory than a quiet one. */
export function answerBatch(now: () => number) {
  let items = new Map<string, AnswerItem & { n: number }>();
  let hasFailure = false;
  return {
    /** Whether it is the first failure that waits. */
    add({ host, status, isSigned, header }: SeenAnswer): boolean {
      const told = toldStatus(status);
      if (host === "" || told === undefined) return false;
      const isFailure = told >= 400;
      const key = `${told} ${isSigned} ${host}`;
      const before = items.get(key);
      // A success has nothing to say but that it was one.
      if (before !== undefined && !isFailure) {
        before.n += 1;
        return false;
      }
      if (before === undefined && items.size >= mostAnswers) return false;
      const headers = isFailure ? readHeaders(header) : {};
      items.set(key, { host, status: told, at: now(), signed: isSigned, n: (before?.n ?? 0) + 1, headers });
      const isFirst = isFailure && !hasFailure;
      hasFailure ||= isFailure;
      return isFirst;
    },
    /** Gives back what waits, and forgets it. */
    take(): readonly AnswerItem[] {
      const taken = [...items.values()];
      items = new Map();
      hasFailure = false;
      return taken;
    },
  };
}

// Of those below 400 only the hundred counts, and whether a WebSocket was accepted.
function toldStatus(status: number): number | undefined {
  if (status >= 400 && status <= 599) return status;
  if (status === 101) return 101;
  return status >= 200 && status < 400 ? status - (status % 100) : undefined;
}

function readHeaders(header: SeenAnswer["header"]): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const name of toldHeaders) {
    const value = header(name);
    if (value !== undefined) headers[name] = value.slice(0, mostHeaderCharacters);
  }
  return headers;
}
