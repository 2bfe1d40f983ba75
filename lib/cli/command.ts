import type { Workspace } from "../compose/workspace.ts";
import type { LaunchConfig } from "../config/launch-config.ts";
import type { Flag, Operand } from "./parse/flag.ts";
import type { Read } from "./resources.ts";
import type { Io } from "./terminal/io.ts";
import type { Style } from "./view/style.ts";

/** What help and docs/cli.md say of a command beyond the summary of the command table, and all that it takes. */
export interface CommandUsage {
  readonly details?: string;
  readonly examples?: readonly string[];
  readonly operands?: readonly Operand[];
  readonly flags?: Readonly<Record<string, Flag>>;
  /** Words may follow `--`. */
  readonly command?: true;
}

type FlagValue<F> = F extends { kind: "toggle" }
  ? boolean
  : F extends { kind: "list" }
    ? readonly string[]
    : F extends { kind: "count" | "duration" }
      ? number | undefined
      : F extends { kind: "choice"; choices: readonly (infer Choice)[] }
        ? Choice | undefined
        : F extends { kind: "text"; required: true }
          ? string
          : string | undefined;

type OperandValue<O extends Operand> = O["arity"] extends "one"
  ? string
  : O["arity"] extends "many"
    ? readonly string[]
    : string | undefined;

type FlagsOf<U extends CommandUsage> = U extends { flags: infer F extends Readonly<Record<string, Flag>> }
  ? F
  : Readonly<Record<never, never>>;

type OperandsOf<U extends CommandUsage> = U extends { operands: readonly (infer O extends Operand)[] }
  ? O
  : never;

/** What `run` gets: values typed by the command's own `usage`. Durations are milliseconds, counts whole numbers ≥ 0. */
export interface Context<U extends CommandUsage> {
  readonly flags: { readonly [Name in keyof FlagsOf<U>]: FlagValue<FlagsOf<U>[Name]> };
  readonly args: { readonly [O in OperandsOf<U> as O["name"]]: OperandValue<O> };
  /** The words after `--`. */
  readonly command: readonly string[];
  readonly io: Io;
  /** Reads the configuration once, on the first call. */
  loadConfig(): Promise<LaunchConfig>;
  /** Opens database, vault and what else operations need, once; closed after `run`. A command may read the configuration in its own way. */
  openWorkspace(read?: Read): Promise<Workspace>;
}

/** What `run` gives back; nothing was printed on stdout before. */
export interface Outcome {
  /** Printed with --json, one document. */
  readonly data?: unknown;
  /** What people get on stdout, without the last newline. */
  readonly text?: (style: Style) => string;
  /** Lines on stdout, or bytes as they are, that come one after the other from then on; it ends when `gone` aborts, since nobody reads them any more. */
  readonly follow?: (style: Style, gone: AbortSignal) => AsyncIterable<string | Uint8Array>;
  /** Sentences for people, on stderr, not with --quiet. */
  readonly notes?: readonly string[];
  /** Default 0. */
  readonly exitStatus?: number;
}

/** What a file in commands/ exports; `never` lets each command type its own context. */
export interface CommandModule {
  /** What help says of the command, and what it takes. */
  readonly usage: CommandUsage;
  run(context: never): Promise<Outcome>;
}
