import type { UnitKey } from "../domain/run/unit-key.ts";
import type { UnitSnapshot } from "../domain/run/unit-snapshot.ts";
import type { OperatorRequest, RequestAnswer } from "../domain/run/unit-wish.ts";
import type { OutputSink, ProcessEnd } from "./spawner.ts";

/** What a launcher answers to its operators. */
export interface OperatorHandler {
  /** Carries out a verb for one unit; settles with what became of it. */
  ask(unitKey: UnitKey, request: OperatorRequest): Promise<RequestAnswer>;
  /** Where each unit of this launcher stands now, without asking the database. */
  snapshot(): readonly UnitSnapshot[];
  /** Its units, and whether it has the lease of each; asked at every renewal, for which a snapshot is too much. */
  held(): ReadonlyMap<UnitKey, boolean>;
  /** Runs a command inside a run that lives; settles once nothing of it is left. */
  exec(unitKey: UnitKey, request: ExecRequest): Promise<ExecEnd>;
}

/** A command that joins a run. */
export interface ExecRequest {
  /** Never empty. */
  readonly command: readonly string[];
  /** Undefined: its launcher itself, as often as it likes; then nobody is told and history does not keep it. */
  readonly by: string | undefined;
  /** Where it is typed, if that is a terminal: the command gets one too where its tier can give it. */
  readonly terminal: ExecTerminal | undefined;
  readonly output: OutputSink;
  /** Called once it runs. */
  readonly onStarted: (child: ExecChild) => void;
  /** Aborts when nobody waits for it any more. */
  readonly gone: AbortSignal;
}

/** How many letters a terminal shows. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** The terminal of whoever joins a run. */
export interface ExecTerminal extends TerminalSize {
  /** Its kind, as $TERM names it. */
  readonly term: string;
}

/** The process of a command that joined a run. */
export interface ExecChild {
  readonly pid: number;
  /** Follows the window of whoever types; undefined when it has no terminal of its own. */
  readonly resize?: ((size: TerminalSize) => void) | undefined;
  readonly input: import("node:stream").Writable | undefined;
  /** Without the SIG prefix. */
  signal(name: string): void;
}

/** How it went: with its own status, or refused by the tier of the run, or because nothing runs. */
export type ExecEnd =
  | ({ readonly kind: "ended" } & ProcessEnd)
  | { readonly kind: "refused"; readonly code: RefusalCode; readonly why: string };

/** The codes of errors.ts by which a command is refused. */
export type RefusalCode = "LAUNCH_TIER_UNAVAILABLE" | "LAUNCH_UNKNOWN_UNIT" | "LAUNCH_SPAWN_FAILED";

/** Lets commands on this host speak with a launcher. */
export interface OperatorChannelFactory {
  /** Listens for this user's commands alone; `path` is where it really listens. */
  listen(path: string, handler: OperatorHandler): Promise<OperatorChannel>;
}

export interface OperatorChannel {
  readonly path: string;
  close(): Promise<void>;
}

/** Speaks with the launchers of this host. */
export interface OperatorDialer {
  /** Joins a run; what is typed, printed and signalled meanwhile goes through `streams`. */
  exec(path: string, question: ExecQuestion, streams: ExecStreams): Promise<Heard<ExecEnd>>;
  snapshot(path: string): Promise<Heard<readonly UnitSnapshot[]>>;
  /** Waits `withinMs` for the answer of a launcher that has said hello, and for the hello 2 s, or longer where that is known to come. */
  ask(
    path: string,
    unitKey: UnitKey,
    request: OperatorRequest,
    patience: { readonly withinMs: number; readonly helloWithinMs?: number },
  ): Promise<Heard<RequestAnswer>>;
}

export interface ExecQuestion {
  readonly unitKey: UnitKey;
  readonly command: readonly string[];
  readonly by: string;
  readonly terminal: ExecTerminal | undefined;
}

/** The streams of whoever joins a run. */
export interface ExecStreams {
  readonly stdin: import("node:stream").Readable;
  readonly stdout: import("node:stream").Writable;
  readonly stderr: import("node:stream").Writable;
  /** Calls for each signal that is to reach the command, without the SIG prefix. */
  readonly onSignal: (pass: (name: string) => void) => void;
  /** Called when the command runs on a terminal of its own, which does from then on what this one did; each new size is for `resize`. */
  readonly onTerminal: (resize: (size: TerminalSize) => void) => void;
}

/**
 * What came of a question. `dead`: nobody listens there any more · `silent`: somebody does, and
 * did not answer in time · `refused`: the socket is not this user's, or what answers there is no launcher of this protocol.
 */
export type Heard<Value> =
  | { readonly kind: "answered"; readonly value: Value }
  | { readonly kind: "dead"; readonly isSocketTakenAway: boolean }
  | { readonly kind: "silent"; readonly withinMs: number }
  | { readonly kind: "refused"; readonly why: string };
