import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { eventually } from "../eventually.ts";

const run = promisify(execFile);

/** A shell in a terminal that tmux keeps: what is typed, and what is to be seen. */
export interface TmuxTerminal {
  /** Keys by tmux's names: `Down`, `q`, `C-c`, `Enter`. */
  type(...keys: readonly string[]): Promise<void>;
  /** What is to be seen now, with the sequences that colour it when wanted. */
  screen(form?: "plain" | "coloured"): Promise<string>;
  /** Waits until what is to be seen fits, and gives it back. */
  shows(pattern: RegExp): Promise<string>;
  resize(columns: number, rows: number): Promise<void>;
  /** One of tmux's own facts: `alternate_on`, `cursor_flag`, `pane_pid`. */
  fact(name: string): Promise<string>;
  close(): Promise<void>;
}

/** Opens a terminal of this size with a shell that has no more environment than is given. */
export async function openTmux(
  cwd: string,
  env: Readonly<Record<string, string>>,
  [columns, rows]: readonly [number, number] = [80, 24],
): Promise<TmuxTerminal> {
  const folder = await mkdtemp(join(tmpdir(), "slipway-tmux-"));
  const tmux = async (...words: readonly string[]) =>
    (await run("tmux", ["-S", join(folder, "socket"), "-f", "/dev/null", ...words], { cwd, env })).stdout;
  const size = ["-x", String(columns), "-y", String(rows)];
  await tmux("new-session", "-d", ...size, "env PS1='shell> ' sh");
  const screen = async (form = "plain") => tmux("capture-pane", "-p", ...(form === "coloured" ? ["-e"] : []));
  const terminal: TmuxTerminal = {
    type: async (...keys) => void (await tmux("send-keys", ...keys)),
    screen,
    shows: (pattern) => eventually(screen, (text) => pattern.test(text), 30_000, 50),
    async resize(wide, high) {
      await tmux("resize-window", "-x", String(wide), "-y", String(high));
    },
    fact: async (name) => (await tmux("display-message", "-p", `#{${name}}`)).trim(),
    async close() {
      await tmux("kill-server").catch(() => undefined);
      await rm(folder, { recursive: true, force: true });
    },
  };
  await terminal.shows(/shell>/);
  return terminal;
}
