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
  onKey(key: Key): void;
  onResize(): void;
}

// What does not fit into a line is cut by the terminal itself: a wide character must not push the rest down.
const noWrap = "\u001b[?7l";
const wrap = "\u001b[?7h";
const most = { columns: 500, rows: 300 };

/** Takes the terminal over. It gets it back however this process ends, but for SIGKILL. */
export function openScreen(
  { stdin, stdout }: { readonly stdin: NodeJS.ReadStream; readonly stdout: NodeJS.WriteStream },
  { onKey, onResize }: ScreenEvents,
): Screen {
  let shown: readonly string[] = [];
  let isTaken = false;
  const keypress = (text: string | undefined, key: { name?: string; ctrl?: boolean; shift?: boolean }) => {
    const isLetter = text !== undefined && /^[!-~]$/.test(text);
    onKey({ name: isLetter ? text : (key.name ?? ""), ctrl: key.ctrl === true });
  };
  const resized = () => {
    shown = [];
    onResize();
  };
  const take = () => {
    isTaken = true;
    shown = [];
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
  const again = () => {
    take();
    onResize();
  };
  emitKeypressEvents(stdin);
  stdin.on("keypress", keypress);
  stdout.on("resize", resized);
  process.on("exit", giveBack);
  // Before anything is told of a crash: it would be told to a screen that is about to go.
  process.on("uncaughtExceptionMonitor", giveBack);
  process.prependListener("unhandledRejection", giveBack);
  take();
  return {
    get columns() {
      return Math.min(stdout.columns || 80, most.columns);
    },
    get rows() {
      return Math.min(stdout.rows || 24, most.rows);
    },
    draw(lines) {
      if (!isTaken) return;
      const changes = changesOf(shown, lines, stdout.columns || 80);
      shown = lines;
      if (changes !== "") stdout.write(beginSynchronizedOutput + changes + endSynchronizedOutput);
    },
    forget() {
      shown = [];
    },
    suspend() {
      giveBack();
      process.once("SIGCONT", again);
      process.kill(process.pid, "SIGTSTP");
    },
    leave() {
      giveBack();
      stdin.off("keypress", keypress).pause();
      stdout.off("resize", resized);
      process.off("SIGCONT", again);
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
