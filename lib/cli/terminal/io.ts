import type { Journal } from "../../compose/journal.ts";
import type { Secret } from "../../domain/secret.ts";
import type { GlobalFlags } from "../parse/global-flags.ts";
import type { Progress } from "../view/progress.ts";
import type { SecretCheck } from "./prompt.ts";
import type { StopSignals } from "./stop-signals.ts";

/** The terminal as a command sees it: data goes to stdout by the Outcome, everything else through here to stderr. */
export interface Io {
  readonly journal: Journal;
  /** Touching it takes SIGINT, SIGTERM and SIGHUP over; commands that never do are ended by them as usual. */
  readonly signals: StopSignals;
  readonly flags: GlobalFlags;
  /** Whether a question can be asked: on a terminal, not with --no-input and not under CI. */
  readonly isInteractive: boolean;
  /** A line for people on stderr; not with --quiet. */
  note(text: string): void;
  /** A line on stderr even with --quiet. */
  warn(text: string): void;
  /** From here on nothing waits for a terminal that takes no output. */
  neverWait(): void;
  /** Shows that something takes its time, on a terminal only. */
  progress(text: string): Promise<Progress>;
  /** The whole of stdin, as it came: what encoding it has is for the reader to see. */
  readStdin(): Promise<Uint8Array>;
  /** Asks for a yes, or for a text that has to be typed; only where `isInteractive`. */
  confirm(question: string, typed?: string): Promise<boolean>;
  /** Asks on the terminal without echo; throws UsageError, which names the flags that give it otherwise, when there is none. */
  askSecret(question: string, flags: readonly string[], problemOf?: SecretCheck): Promise<Secret>;
}
