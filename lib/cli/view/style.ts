/** How words look on the stream at hand: real colours on a terminal that wants them, plain text elsewhere. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  warn(text: string): string;
  bad(text: string): string;
  /** Columns of the terminal; undefined when the output is no terminal and may be as wide as it likes. */
  readonly width: number | undefined;
}

/** A stream as far as its looks are concerned. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** What --color, NO_COLOR, FORCE_COLOR and TERM say. */
export interface ColourWish {
  readonly flag: "auto" | "always" | "never";
  readonly env: Readonly<Record<string, string | undefined>>;
}

const plain = (text: string) => text;

/** The style for a stream; chalk is loaded only when there will be colour. */
export async function styleFor(screen: Screen, wish: ColourWish): Promise<Style> {
  const width = screen.isTTY ? screen.columns || 80 : undefined;
  if (!wantsColour(screen, wish))
    return { bold: plain, dim: plain, good: plain, warn: plain, bad: plain, width };
  const { Chalk } = await import("chalk");
  // Level 1: the sixteen colours that every terminal theme has chosen for its own background.
  const chalk = new Chalk({ level: 1 });
  return {
    bold: (text) => chalk.bold(text),
    dim: (text) => chalk.dim(text),
    good: (text) => chalk.green(text),
    warn: (text) => chalk.yellow(text),
    bad: (text) => chalk.red(text),
    width,
  };
}

/** The flag decides, then FORCE_COLOR, then NO_COLOR (no-color.org: any text but an empty one), then whether it is a capable terminal. */
export function wantsColour(screen: Screen, wish: ColourWish): boolean {
  if (wish.flag !== "auto") return wish.flag === "always";
  const { env } = wish;
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  if (env["NO_COLOR"]) return false;
  return screen.isTTY === true && env["TERM"] !== "dumb";
}
