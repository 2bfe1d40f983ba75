import type { BotChannelEvent, WitnessRawAnswer } from "../../ports/bot-channel.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What a frame of a bot says: an event, nothing for a type that we do not know, or why it cannot be taken. `pid` is what its hello told. */
export function readBotFrame(frame: Fields & { readonly type: string }, pid: number): FrameReading {
  const event = readers[frame.type]?.(frame, pid);
  if (event !== undefined) return { kind: "event", event };
  return frame.type in readers
    ? { kind: "refused", why: `a ${frame.type} frame of a wrong shape` }
    : { kind: "ignored" };
}

export type FrameReading =
  | { readonly kind: "event"; readonly event: BotChannelEvent }
  | { readonly kind: "ignored" }
  | { readonly kind: "refused"; readonly why: string };

/** Reads a hello; undefined when a part is missing or of another type. */
export function readHello(
  frame: Fields,
): (BotChannelEvent & { readonly type: "hello"; readonly runId: string }) | undefined {
  const { pid, program, version, runId } = frame;
  const preload = isFields(frame["preload"]) ? frame["preload"] : undefined;
  const selfCheck = preload?.["selfCheck"];
  const isWhole =
    isId(pid) && isText(program) && isText(version) && isText(runId) && isText(selfCheck) && pid > 0;
  if (!isWhole) return undefined;
  return { type: "hello", pid, program, version, runId, tunnel: preload?.["tunnel"] === true, selfCheck };
}

const readers: Readonly<
  Record<string, ((frame: Fields, pid: number) => BotChannelEvent | undefined) | undefined>
> = Object.assign(Object.create(null) as Record<string, never>, {
  heartbeat: ({ lagMs }: Fields, pid: number) =>
    typeof lagMs === "number" && lagMs >= 0 ? { type: "heartbeat", pid, lagMs } : undefined,
  "exit-check": (frame: Fields) => readExitCheck(frame),
});

function readExitCheck({ id, witness, answer }: Fields): BotChannelEvent | undefined {
  const read = readAnswer(answer);
  return isId(id) && isText(witness) && read !== undefined
    ? { type: "exit-check", id, witness, answer: read }
    : undefined;
}

function readAnswer(answer: unknown): WitnessRawAnswer | undefined {
  if (!isFields(answer)) return undefined;
  const { status, body, error } = answer;
  if (isText(error)) return { error };
  return isId(status) && isText(body) ? { status, body } : undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isId(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
