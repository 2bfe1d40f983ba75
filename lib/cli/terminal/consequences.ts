import type { Io } from "./io.ts";

/** Says before an act what it means for bots. */
export function warnOf(io: Pick<Io, "warn">, sentences: readonly string[]): void {
  for (const sentence of sentences) io.warn(`warning: ${sentence}`);
}
