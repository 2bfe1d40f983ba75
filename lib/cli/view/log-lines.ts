import { isTold } from "../../domain/logs/log-line.ts";
import type { UnitLine } from "../../domain/logs/named-log.ts";
import { logLineView, textOf } from "../../operations/logs/log-line-view.ts";
import type { Style } from "./style.ts";

/** How lines of logs are shown. */
export interface LogLook {
  readonly form: "text" | "json" | "raw";
  /** What stands before each line; undefined with one log alone. */
  readonly names: Names | undefined;
  readonly style: Style;
}

/** A name for each log, all of one length. */
type Names = (line: UnitLine) => string;

/** The names of several logs; the kind comes with them where a bot and a collector have one name. */
export function logNames(logs: readonly UnitLine["log"][]): Names | undefined {
  if (logs.length < 2) return undefined;
  const isTwice = (name: string) => logs.filter((log) => log.name === name).length > 1;
  const labelOf = ({ kind, name }: UnitLine["log"]) => (isTwice(name) ? `${kind} ${name}` : name);
  const width = Math.max(...logs.map((log) => labelOf(log).length));
  return ({ log }) => labelOf(log).padEnd(width);
}

/** The lines as they are printed, without the last newline; undefined where none of them is. Raw ones are bytes. */
export function renderLogLines(lines: readonly UnitLine[], look: LogLook): string | Uint8Array | undefined {
  const told = lines.filter(isTold);
  if (look.form === "raw") {
    const text = told.flatMap((line) => (line.stream === "launcher" ? [] : [`${line.text}\n`])).join("");
    return text === "" ? undefined : Buffer.from(text, "latin1");
  }
  if (told.length === 0) return undefined;
  return told.map((line) => (look.form === "json" ? jsonLine(line) : textLine(line, look))).join("\n");
}

function textLine(line: UnitLine, { names, style }: LogLook): string {
  const name = names === undefined ? "" : `${style.bold(names(line))} | `;
  const text = shownText(textOf(line.text), style);
  return `${style.dim(line.at)} ${name}${line.stream === "launcher" ? style.dim(`-- ${text}`) : text}`;
}

// JSON leaves these as they are, and some terminals obey them.
function jsonLine(line: UnitLine): string {
  return JSON.stringify(logLineView(line)).replaceAll(
    /[\u007f-\u009f]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

const escape = String.fromCharCode(27);
const colour = new RegExp(`${escape}\\[[\\d;:]*m`, "g");
// Control characters, and those that turn the direction of what follows; a tab is neither.
const unsafe = /(?!\t)[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;
const anyUnsafe = new RegExp(unsafe.source, "u");

/** A text in which nothing can move the cursor, clear the screen or ask the terminal for anything: only colours, where there are colours. */
export function shownText(text: string, style: Style): string {
  const line = text.endsWith("\r") ? text.slice(0, -1) : text;
  if (!anyUnsafe.test(line)) return line;
  const hasColours = style.dim("x") !== "x";
  const [first = "", ...rest] = line.split(colour).map((part) => part.replaceAll(unsafe, visible));
  if (!hasColours) return first + rest.join("");
  const colours = line.match(colour) ?? [];
  const coloured = first + rest.map((part, index) => `${colours[index]}${part}`).join("");
  return colours.length === 0 ? coloured : `${coloured}${escape}[0m`;
}

function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  return code === 0x7f ? "\u2421" : `<U+${code.toString(16).toUpperCase().padStart(4, "0")}>`;
}
