/** What a duration looks like: `90s`, `15m`, `1h30m`, `2d`, `250ms`; each unit at most once, biggest first. */
export const durationPattern = /^(?=\d)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

const unitsMs = [86_400_000, 3_600_000, 60_000, 1000, 1] as const;
/** setTimeout's own limit: a longer wait would fire at once. */
const longestMs = 2_147_483_647;

/** The milliseconds of a duration as people write it, or undefined when it is none or longer than 24 days. */
export function parseDuration(text: string): number | undefined {
  const parts = durationPattern.exec(text.trim());
  if (parts === null) return undefined;
  const totalMs = unitsMs.reduce((sum, unitMs, index) => sum + Number(parts[index + 1] ?? 0) * unitMs, 0);
  return totalMs <= longestMs ? totalMs : undefined;
}

/** A duration as the file writes it: "15s", "1h30m", "250ms". */
export function writeDuration(durationMs: number): string {
  const names = ["d", "h", "m", "s", "ms"] as const;
  let restMs = durationMs;
  let text = "";
  for (const [index, unitMs] of unitsMs.entries()) {
    const count = Math.floor(restMs / unitMs);
    restMs -= count * unitMs;
    if (count > 0) text += `${count}${names[index]}`;
  }
  return text === "" ? "0s" : text;
}
