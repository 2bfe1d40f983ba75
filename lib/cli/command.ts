import type { Workspace } from "../compose/workspace.ts";
import type { LaunchConfig } from "../config/launch-config.ts";
import type { Flag, Operand } from "./parse/flag.ts";
import type { Io } from "./terminal/io.ts";
import type { Style } from "./view/style.ts";

/** Everything that a command takes; `command` tells whether words may follow `--`. */
export interface CommandArgs {
  readonly operands: readonly Operand[];
  readonly flags: Readonly<Record<string, Flag>>;
  readonly command?: true;
}

/** What help and docs/cli.md say beyond the summary of the command table. */
export interface CommandMeta {
  readonly details?: string;
  readonly examples?: readonly string[];
}

type FlagValue<F extends Flag> = F extends { kind: "toggle" }
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

/** What `run` gets: values typed by the command's own `args`. Durations are milliseconds, counts whole numbers ≥ 0. */
export interface Context<A extends CommandArgs> {
  readonly flags: { readonly [Name in keyof A["flags"]]: FlagValue<A["flags"][Name]> };
  readonly args: {
    readonly [O in A["operands"][number] as O["name"]]: OperandValue<O>;
  };
  /** The words after `--`. */
  readonly command: readonly string[];
  readonly io: Io;
  /** Reads the configuration once, on the first call. */
  loadConfig(): Promise<LaunchConfig>;
  /** Opens database, vault and what else operations need, once; closed after `run`. */
  openWorkspace(): Promise<Workspace>;
}

/** What `run` gives back; nothing was printed on stdout before. */
export interface Outcome {
  /** Printed with --json, one document. */
  readonly data?: unknown;
  /** What people get on stdout, without the last newline. */
  readonly text?: (style: Style) => string;
  /** Sentences for people, on stderr, not with --quiet. */
  readonly notes?: readonly string[];
  /** Default 0. */
  readonly exitStatus?: number;
}

/** What a file in commands/ exports; `never` lets each command type its own context. */
export interface CommandModule {
  readonly meta: CommandMeta;
  readonly args: CommandArgs;
  run(context: never): Promise<Outcome>;
}
