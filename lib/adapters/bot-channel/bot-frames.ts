import { type BotReport, botReports } from "../../domain/run/bot-report.ts";
import { isJsonObject, type JsonObject } from "../../domain/text/json-object.ts";
import { withoutSecrets } from "../../domain/text/without-secrets.ts";
import { type Instant, instant } from "../../domain/time.ts";
import type { BotChannelEvent, WitnessRawAnswer } from "../../ports/bot-channel.ts";
import type { UnreadFrame } from "../../protocol/frames.ts";
import { isCount, isDuration, isShortText, isText } from "./fields.ts";
import { readAnswers } from "./read-answers.ts";

/** What a frame of a bot says: an event, nothing for a type that we do not know, or why it cannot be taken. `pid` is what its hello told. */
export function readBotFrame(frame: UnreadFrame, pid: number): FrameReading {
  const reader = readers[frame.type];
  if (reader === undefined) return { kind: "ignored" };
  const event = reader(frame, pid);
  if (event === undefined) return { kind: "refused", why: `a ${frame.type} frame of a wrong shape` };
  return event === "ignored" ? { kind: "ignored" } : { kind: "event", event };
}

export type FrameReading =
  | { readonly kind: "event"; readonly event: BotChannelEvent }
  | { readonly kind: "ignored" }
  | { readonly kind: "refused"; readonly why: string };

/** Who speaks, and its event where our own code in the bot does; a program's own code has no preload to tell of. */
export interface ReadHello {
  readonly pid: number;
  readonly runId: string;
  readonly event: (BotChannelEvent & { readonly type: "hello" }) | undefined;
}

/** Reads a hello; undefined when a part is missing or of another type. */
export function readHello(frame: JsonObject): ReadHello | undefined {
  const { pid, program, version, runId, preload } = frame;
  const isWhole =
    isCount(pid) && pid > 0 && isShortText(program, 100) && isShortText(version, 100) && isText(runId);
  if (!isWhole) return undefined;
  if (preload === undefined) return { pid, runId, event: undefined };
  if (!isJsonObject(preload) || !isText(preload["selfCheck"])) return undefined;
  const { observe, tunnel, selfCheck } = preload;
  return {
    pid,
    runId,
    event: {
      type: "hello",
      pid,
      program,
      version,
      observes: observe === true,
      tunnel: tunnel === true,
      selfCheck,
    },
  };
}

type Reader = (frame: JsonObject, pid: number) => BotChannelEvent | "ignored" | undefined;

const readers: Readonly<Record<string, Reader | undefined>> = Object.assign(
  Object.create(null) as Record<string, never>,
  {
    heartbeat: ({ lagMs, loopLagMs }, pid) =>
      isDuration(lagMs) && (loopLagMs === undefined || isDuration(loopLagMs))
        ? { type: "heartbeat", pid, lagMs, loopLagMs }
        : undefined,
    "exit-check": (frame) => readExitCheck(frame),
    answers(frame, pid) {
      const answers = readAnswers(frame);
      return answers && { type: "answers", pid, answers };
    },
    report(frame, pid) {
      const report = readReport(frame);
      return report && { type: "report", pid, ...report };
    },
    // What else it asks for is of a later protocol.
    subscribe({ to }, pid) {
      if (!Array.isArray(to)) return undefined;
      return to.includes("leaving") ? { type: "subscribed", pid } : "ignored";
    },
    left: ({ id }) => (isCount(id) ? { type: "left", id } : undefined),
  } satisfies Record<string, Reader>,
);

function readExitCheck({ id, witness, answer }: JsonObject): BotChannelEvent | undefined {
  const read = readAnswer(answer);
  return isCount(id) && isText(witness) && read !== undefined
    ? { type: "exit-check", id, witness, answer: read }
    : undefined;
}

function readAnswer(answer: unknown): WitnessRawAnswer | undefined {
  if (!isJsonObject(answer)) return undefined;
  const { status, body, error } = answer;
  if (isText(error)) return { error };
  return isCount(status) && isText(body) ? { status, body } : undefined;
}

const mostReasonRead = 4_096;
const mostReasonCharacters = 300;
/** Epoch seconds reach this in the year 5138, epoch milliseconds left it in 1973. */
const firstMilliseconds = 100_000_000_000;

/** What a report says; undefined when a part of it has a wrong shape: a report that is half understood could move a bot. */
function readReport({ what, venue, until, why }: JsonObject): BotReport | undefined {
  const known = botReports.find((report) => report === what);
  const untilAt = until === undefined || until === null ? undefined : readInstant(until);
  const isRefused = known === undefined || untilAt === "none" || !mayBeVenue(venue) || !mayBeText(why);
  if (isRefused) return undefined;
  return { what: known, venue: venue?.toLowerCase() ?? undefined, untilAt, why: shown(why) };
}

function readInstant(until: unknown): Instant | "none" {
  const ms = isText(until) ? Date.parse(until) : until;
  if (typeof ms !== "number" || !(ms >= 0 && ms <= 8.64e15)) return "none";
  return instant(Math.round(ms < firstMilliseconds && !isText(until) ? ms * 1_000 : ms));
}

function mayBeVenue(venue: unknown): venue is string | null | undefined {
  return (
    venue === undefined || venue === null || (isShortText(venue, 64) && /^[a-z0-9][a-z0-9._-]*$/i.test(venue))
  );
}

function mayBeText(why: unknown): why is string | null | undefined {
  return why === undefined || why === null || isText(why);
}

// It is shown on terminals and kept in the history, and is often the text of an exception with the whole request in it.
function shown(why: string | null | undefined): string | undefined {
  const text =
    why &&
    withoutSecrets(why.slice(0, mostReasonRead))
      .replaceAll(/\p{C}+/gu, " ")
      .trim()
      .slice(0, mostReasonCharacters);
  return text === "" ? undefined : (text ?? undefined);
}
