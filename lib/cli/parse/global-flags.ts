import type { ConfigFlags } from "../../config/sources/sourced.ts";
import type { Flag } from "./flag.ts";

/** The flags that every command takes, before or after its name. */
export const globalFlagTable = {
  config: { kind: "text", value: "file", help: "The launch.yaml to use." },
  "env-file": { kind: "text", value: "file", help: "The .env to use." },
  "state-dir": { kind: "text", value: "folder", help: "The state folder to use." },
  "key-file": { kind: "text", value: "file", help: "The file with the master keys." },
  json: { kind: "toggle", help: "Print data and errors as JSON." },
  quiet: { kind: "toggle", help: "Print only errors and warnings." },
  verbose: { kind: "toggle", help: "Also say which files and database are used, and what caused an error." },
  "no-input": { kind: "toggle", help: "Never ask a question." },
  color: {
    kind: "choice",
    choices: ["auto", "always", "never"],
    help: "When to use colours; auto uses them on a terminal.",
  },
  "log-format": {
    kind: "choice",
    choices: ["text", "json"],
    help: "The form of the launcher's lines on stderr.",
  },
  debug: { kind: "toggle", help: "Show stack traces with errors." },
} as const satisfies Record<string, Flag>;

/** The short forms: -q, -v, -f (of commands that follow), -d (of those that detach), -n (of `logs`), -y, -V (version) and -h (help) are all there are. */
export const shortForms: Readonly<Record<string, string>> = {
  quiet: "-q",
  verbose: "-v",
  follow: "-f",
  detach: "-d",
  lines: "-n",
  yes: "-y",
};

/** The same as values. */
export interface GlobalFlags extends ConfigFlags {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly noInput: boolean;
  readonly color: "auto" | "always" | "never";
  readonly logFormat: "text" | "json";
  readonly debug: boolean;
}

/** The global flags as far as the words tell them before they are parsed: an error while parsing must already be printed as asked. */
export function guessGlobalFlags(words: readonly string[]): GlobalFlags {
  const color = words.find((word) => word.startsWith("--color="))?.slice("--color=".length);
  return {
    json: words.includes("--json"),
    quiet: words.includes("--quiet") || words.includes("-q"),
    verbose: words.includes("--verbose") || words.includes("-v"),
    noInput: words.includes("--no-input"),
    color: color === "always" || color === "never" ? color : "auto",
    logFormat: "text",
    debug: words.includes("--debug"),
  };
}
