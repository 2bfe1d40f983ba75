import { emitKeypressEvents } from "node:readline";
import { stripVTControlCharacters } from "node:util";
import {
  beginSynchronizedOutput,
  clearViewport,
  cursorHide,
  cursorShow,
  cursorTo,
  endSynchronizedOutput,
  enterAlternativeScreen,
  eraseEndLine,
  exitAlternativeScreen,
} from "ansi-escapes";
import type { Key } from "./keys.ts";

/** The whole terminal, until it is given back as it was. */
export interface Screen {
  readonly columns: number;
  readonly rows: number;
  /** Shows these lines; only those that differ from what is shown are written. */
  draw(lines: readonly string[]): void;
  /** Everything is written anew with the next drawing. */
  forget(): void;
  /** Gives the terminal back and stops this process until it is continued. */
  suspend(): void;
  /** Gives the terminal back; nothing after the first call. */
  leave(): void;
}

/** Who is told of keys and of another size. */
export interface ScreenEvents {
  readonly onKey: (key: Key) => void;
  readonly onResize: () => void;
}

// What does not fit into a line is cut by the terminal itself: a wide character must not push the rest down.
const noWrap = "\u001b[?7l";
const wrap = "\u001b[?7h";
const most = { columns: 500, rows: 300 };

type Streams = Readonly<Record<"stdin", NodeJS.ReadStream> & Record<"stdout", NodeJS.WriteStream>>;

/** Takes the terminal over. It gets it back however this process ends, but for SIGKILL. */
export function openScreen({ stdin, stdout }: Streams, { onKey, onResize }: ScreenEvents): Screen {
  let shown: readonly string[] = [];
  const terminal = takeOver({ stdin, stdout });
  const keypress = (text: string | undefined, key: { readonly name?: string; readonly ctrl?: boolean }) => {
    const isLetter = text !== undefined && /^[!-~]$/.test(text);
    onKey({ name: isLetter ? text : (key.name ?? ""), ctrl: key.ctrl === true });
  };
  const resized = () => {
    shown = [];
    onResize();
  };
  const continued = () => {
    terminal.take();
    resized();
  };
  emitKeypressEvents(stdin);
  stdin.on("keypress", keypress);
  stdout.on("resize", resized);
  return {
    get columns() {
      return Math.min(stdout.columns || 80, most.columns);
    },
    get rows() {
      return Math.min(stdout.rows || 24, most.rows);
    },
    draw(lines) {
      if (!terminal.isTaken()) return;
      const changes = changesOf(shown, lines, stdout.columns || 80);
      shown = lines;
      if (changes !== "") stdout.write(beginSynchronizedOutput + changes + endSynchronizedOutput);
    },
    forget() {
      shown = [];
    },
    suspend() {
      terminal.giveBack();
      process.once("SIGCONT", continued);
      process.kill(process.pid, "SIGTSTP");
    },
    leave() {
      terminal.close();
      stdin.off("keypress", keypress).pause();
      stdout.off("resize", resized);
      process.off("SIGCONT", continued);
    },
  };
}

function takeOver({ stdin, stdout }: Streams) {
  let isTaken = false;
  const take = () => {
    isTaken = true;
    stdin.setRawMode(true);
    stdin.resume();
    stdout.write(enterAlternativeScreen + cursorHide + noWrap + clearViewport);
  };
  const giveBack = () => {
    if (!isTaken) return;
    isTaken = false;
    stdout.write(endSynchronizedOutput + wrap + cursorShow + exitAlternativeScreen);
    stdin.setRawMode(false);
  };
  process.on("exit", giveBack);
  // Before anything is told of a crash: it would be told to a screen that is about to go.
  process.on("uncaughtExceptionMonitor", giveBack);
  process.prependListener("unhandledRejection", giveBack);
  take();
  return {
    take,
    giveBack,
    isTaken: () => isTaken,
    close() {
      giveBack();
      process.off("exit", giveBack);
      process.off("uncaughtExceptionMonitor", giveBack);
      process.off("unhandledRejection", giveBack);
    },
  };
}

// Each line is overwritten and only then cleared behind its end: no place is blank in between. Behind a line as wide as the
// screen the cursor stands on its last character.
function changesOf(shown: readonly string[], lines: readonly string[], columns: number): string {
  const count = Math.max(shown.length, lines.length);
  return Array.from({ length: count }, (_, at) => {
    const line = lines[at] ?? "";
    if (shown.length > 0 && shown[at] === line) return "";
    const isFull = stripVTControlCharacters(line).length >= columns;
    return `${cursorTo(0, at)}${line}${isFull ? "" : eraseEndLine}`;
  }).join("");
}
