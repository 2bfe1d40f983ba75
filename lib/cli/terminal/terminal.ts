import { openJournal } from "../../compose/journal.ts";
import type { GlobalFlags } from "../parse/global-flags.ts";
import { inWords } from "../view/errno-words.ts";
import { openProgress } from "../view/progress.ts";
import { styleFor } from "../view/style.ts";
import type { Io } from "./io.ts";
import { watchStopSignals } from "./stop-signals.ts";

/** The process as the program sees it, so that tests can give another. */
export interface Host {
  readonly stdin: NodeJS.ReadStream;
  /** Whether stdin is a terminal, known without opening it. */
  readonly isInputTerminal: boolean;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  readonly version: string;
  /** Writes the commands in a text as they are typed here: `launch`, `./bin/launch`. */
  readonly spelled: (text: string) => string;
}

/** Opens the terminal for one command. */
export async function openTerminal(host: Host, flags: GlobalFlags): Promise<Io> {
  const { stderr } = host;
  const style = await styleFor(stderr, { flag: flags.color, env: host.env });
  const write = (line: string) => void stderr.write(`${inWords(host.spelled(line))}\n`);
  const journal = openJournal({ format: flags.logFormat, isQuiet: flags.quiet, paint: style, write });
  let signals: Io["signals"] | undefined;
  const isTerminal = host.isInputTerminal && stderr.isTTY === true;
  const isInteractive = isTerminal && !flags.noInput && !isCi(host.env["CI"]);
  return {
    journal,
    flags,
    isInteractive,
    get signals() {
      signals ??= watchStopSignals();
      return signals;
    },
    note(text) {
      if (!flags.quiet) write(text);
    },
    warn: write,
    neverWait: () => neverWaitFor([host.stdout, stderr]),
    progress: (text) =>
      openProgress(text, stderr.isTTY === true && !flags.quiet && !flags.json ? stderr : undefined),
    async readStdin() {
      const chunks: Buffer[] = [];
      for await (const chunk of host.stdin) chunks.push(Buffer.from(chunk));
      return Buffer.concat(chunks);
    },
    async confirm(question, typed) {
      const { confirm } = await import("./confirm.ts");
      return confirm(question, typed, { stdin: host.stdin, stderr });
    },
    async askSecret(question, flags, problemOf) {
      const { askSecret } = await import("./prompt.ts");
      return askSecret(question, { isInteractive, stdin: host.stdin, stderr, flags, problemOf });
    },
  };
}

function isCi(value: string | undefined): boolean {
  return value !== undefined && value !== "" && value !== "false" && value !== "0";
}

/** The part of a terminal's stream that Node documents only for its own use. */
interface TerminalHandle {
  setBlocking?(isBlocking: boolean): unknown;
}

/**
 * Lets writes to a terminal come back at once. By default Node waits for a terminal that takes nothing (Ctrl-S, a stalled
 * ssh), and the bot's relay and lease would wait with it. Not for a terminal that a child shares: it would never wait either.
 */
function neverWaitFor(streams: readonly { readonly isTTY?: boolean }[]): void {
  for (const stream of streams) {
    const { _handle: handle } = stream as { readonly _handle?: TerminalHandle };
    if (stream.isTTY === true) handle?.setBlocking?.(false);
  }
}
