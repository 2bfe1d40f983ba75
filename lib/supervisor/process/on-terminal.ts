import type { ExecRequest, ExecTerminal, TerminalSize } from "../../ports/operator-channel.ts";
import type { OutputStream } from "../../ports/spawner.ts";

/** What makes a terminal: script(1) of util-linux, which Debian calls essential. */
export const terminalProgram = "script";

/**
 * The request on a terminal of its own. script runs beside the command, inside its tier and as its user, and holds the other end
 * there: no descriptor of it leaves the tier. Only what runs in the tier can set its size later, so `inTier` runs that there.
 */
export function onTerminal(
  request: ExecRequest,
  terminal: ExecTerminal,
  inTier: (command: readonly string[]) => Promise<unknown>,
): ExecRequest {
  const follow = sizeFollower((path, size) => inTier(["stty", "-F", path, ...wordsOf(size)]));
  const { command, output, onStarted } = request;
  return {
    ...request,
    command: commandOnTerminal(command, terminal),
    output: { ...output, stderr: withoutName(output.stderr, follow.path) },
    onStarted: (child) => onStarted({ ...child, resize: follow.size }),
  };
}

// What runs it there first says the terminal's name on script's own error stream.
function commandOnTerminal(
  command: readonly string[],
  { columns, rows, term }: ExecTerminal,
): readonly string[] {
  const name = /^[\w.+-]{1,60}$/.test(term) ? term : "dumb";
  const size = `stty ${wordsOf({ columns, rows }).join(" ")}`;
  const line = `tty >&3; ${size}; TERM=${name} exec ${command.map(quote).join(" ")} 3>&-`;
  // With a pipe for its input script would turn the echo off. It runs the line by $SHELL, which may be no shell.
  const words = [terminalProgram, "-qef", "-E", "always", "-c", line, "/dev/null"];
  return ["env", "SHELL=/bin/sh", "/bin/sh", "-c", 'exec "$@" 3>&2', "sh", ...words];
}

// A window that is dragged says many sizes: one is set at a time, and then the newest.
function sizeFollower(set: (path: string, size: TerminalSize) => Promise<unknown>) {
  let path: string | undefined;
  let wanted: TerminalSize | undefined;
  let isSetting = false;
  const settle = async (): Promise<void> => {
    if (isSetting) return;
    isSetting = true;
    while (path !== undefined && wanted !== undefined) {
      const size = wanted;
      wanted = undefined;
      // Its terminal may have ended meanwhile.
      await set(path, size).catch(() => {});
    }
    isSetting = false;
  };
  return {
    path: (found: string): void => {
      path = found;
      void settle();
    },
    size: (changed: TerminalSize): void => {
      wanted = changed;
      void settle();
    },
  };
}

function withoutName(stream: OutputStream, found: (path: string) => void): OutputStream {
  let isFound = false;
  return {
    write(chunk) {
      const [line = "", path] = isFound ? [] : (/^(\/dev\/pts\/\d+)\n/.exec(chunk.toString("latin1")) ?? []);
      if (path === undefined) return stream.write(chunk);
      isFound = true;
      found(path);
      return chunk.length === line.length || stream.write(chunk.subarray(line.length));
    },
    drained: () => stream.drained(),
  };
}

function wordsOf({ columns, rows }: TerminalSize): readonly string[] {
  return ["rows", bounded(rows), "cols", bounded(columns)];
}

function bounded(size: number): string {
  return String(Number.isInteger(size) ? Math.min(Math.max(size, 1), 1_000) : 80);
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
