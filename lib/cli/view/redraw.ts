import { setTimeout } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";

export interface Redraw {
  readonly everyMs: number;
  readonly stopped: AbortSignal;
  readonly screen: { readonly columns?: number; readonly rows?: number };
}

/** Draws a text again and again in the same place, as lines for `follow`; what does not fit the screen is counted. */
export async function* redrawn(
  draw: (width: number) => Promise<string>,
  { everyMs, stopped, screen }: Redraw,
): AsyncIterable<string> {
  let isFirst = true;
  while (!stopped.aborted) {
    const text = await draw(screen.columns ?? 80);
    // Home, and after each line the rest of it is cleared, then all below: nothing is ever blank in between.
    const frame = fitScreen(text.split("\n"), screen.rows ?? 24)
      .map((line) => `${line}\u001b[K`)
      .join("\n");
    yield `${isFirst ? "\u001b[2J" : ""}\u001b[H${frame}\u001b[J`;
    isFirst = false;
    await setTimeout(everyMs, undefined, { signal: stopped }).catch(() => undefined);
  }
}

// The last row stays free for the cursor.
function fitScreen(lines: readonly string[], rows: number): readonly string[] {
  const most = Math.max(2, rows - 1);
  if (lines.length <= most) return lines;
  const more = lines.slice(most - 1).filter((line) => stripVTControlCharacters(line).trim() !== "").length;
  return [...lines.slice(0, most - 1), `and ${more} more`];
}
