import type { BotChannelEvent, WitnessRawAnswer } from "../../ports/bot-channel.ts";
import { type Fields, isCount, isDuration, isFields, isShortText, isText } from "./fields.ts";
import { readAnswers } from "./read-answers.ts";
import { readReport } from "./read-report.ts";

/** What a frame of a bot says: an event, nothing for a type that we do not know, or why it cannot be taken. `pid` is what its hello told. */
export function readBotFrame(frame: Fields & { readonly type: string }, pid: number): FrameReading {
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
export function readHello(frame: Fields): ReadHello | undefined {
  const { pid, program, version, runId, preload } = frame;
  const isWhole =
    isCount(pid) && pid > 0 && isShortText(program, 100) && isShortText(version, 100) && isText(runId);
  if (!isWhole) return undefined;
  if (preload === undefined) return { pid, runId, event: undefined };
  if (!isFields(preload) || !isText(preload["selfCheck"])) return undefined;
  const { tunnel, selfCheck } = preload;
  return {
    pid,
    runId,
    event: { type: "hello", pid, program, version, tunnel: tunnel === true, selfCheck },
  };
}

type Reader = (frame: Fields, pid: number) => BotChannelEvent | "ignored" | undefined;

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

function readExitCheck({ id, witness, answer }: Fields): BotChannelEvent | undefined {
  const read = readAnswer(answer);
  return isCount(id) && isText(witness) && read !== undefined
    ? { type: "exit-check", id, witness, answer: read }
    : undefined;
}

function readAnswer(answer: unknown): WitnessRawAnswer | undefined {
  if (!isFields(answer)) return undefined;
  const { status, body, error } = answer;
  if (isText(error)) return { error };
  return isCount(status) && isText(body) ? { status, body } : undefined;
}
