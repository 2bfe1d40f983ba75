/** The headers of a venue's answer that are told, in lower case; no other leaves the bot. */
export const toldHeaders = [
  "retry-after",
  "date",
  "server",
  "cf-ray",
  "cf-mitigated",
  "content-type",
  "x-bapi-limit-reset-timestamp",
  "x-mbx-used-weight-1m",
  "ratelimit-reset",
  "x-ratelimit-reset",
] as const;

/** One frame tells at most this many different answers. */
export const mostAnswers = 50;

/** The first frame each way on every socket. */
export interface HelloFrame {
  readonly v: number;
  readonly type: "hello";
  readonly program: string;
  readonly version: string;
}

/** One answer, or `n` equal ones; never a path, a value or a body. */
export interface AnswerItem {
  readonly host: string;
  readonly status: number;
  /** Epoch milliseconds of the last of them. */
  readonly at: number;
  readonly signed: boolean;
  readonly n: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** What a bot says. */
export type BotFrame =
  /** What our code in a bot tells of itself: the launcher opens the relay's gate only after a good self-check. */
  | (HelloFrame & {
      readonly runId: string;
      readonly pid: number;
      /** Which preloads are in force, and whether the tunnel found everything it needs in this Node; absent in the hello of a program's own code. */
      readonly preload?: { readonly observe: boolean; readonly tunnel: boolean; readonly selfCheck: string };
    })
  /** The bot's process is alive; no network is involved. */
  | {
      readonly type: "heartbeat";
      readonly lagMs: number;
      /** How long ago the running asyncio loop turned last; absent where none runs. */
      readonly loopLagMs?: number;
    }
  /** The answer of one witness as the bot's own stack saw it; the launcher parses it. */
  | {
      readonly type: "exit-check";
      readonly id: number;
      readonly witness: string;
      readonly answer: { readonly status: number; readonly body: string } | { readonly error: string };
    }
  /** What the servers answered that the bot spoke to since the last such frame; answers below 400 are only counted. */
  | { readonly type: "answers"; readonly items: readonly AnswerItem[] }
  /** What a bot's program says of its exit or its account by itself. */
  | {
      readonly type: "report";
      readonly what: string;
      readonly venue?: string;
      readonly until?: string | number;
      readonly why?: string;
    }
  /** The program wants to be told of these. */
  | { readonly type: "subscribe"; readonly to: readonly string[] }
  /** The program is done with what it had to do before the switch. */
  | { readonly type: "left"; readonly id: number };
