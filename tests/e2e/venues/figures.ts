/** What one bot met, and how long it took: printed, never asserted. */
export interface Figure {
  readonly row: string;
  readonly bot: string;
  /** What it printed. */
  readonly saw: string;
  /** From the venue's first such answer, or the first failure, to the event that decided. */
  readonly decidedMs: number | undefined;
  /** From then to the venue's last answer through the exit that was left. */
  readonly lastMs: number | undefined;
  /** From then to the venue's first answer through the next exit. */
  readonly servedMs: number | undefined;
  /** What `launch why` said. */
  readonly why: string;
}

/** Prints the figures as a table. */
export function printFigures(title: string, figures: readonly Figure[]): void {
  const seconds = (ms: number | undefined) => (ms === undefined ? "-" : `${(ms / 1000).toFixed(1)} s`);
  const lines = figures.map(
    ({ row, bot, saw, decidedMs, lastMs, servedMs, why }) =>
      `${row} | ${bot} | saw: ${saw} | decided ${seconds(decidedMs)} | last through the old exit ${seconds(lastMs)} | served again ${seconds(servedMs)} | why: ${why}`,
  );
  process.stdout.write(`\n${title}:\n${lines.join("\n")}\n`);
}

/** Does it for all at once, waits for all, and throws what went wrong with each. */
export async function forAll(names: readonly string[], work: (name: string) => Promise<void>): Promise<void> {
  const results = await Promise.allSettled(names.map(work));
  const failed = results.flatMap((result, index) =>
    result.status === "rejected"
      ? [`${names[index]}: ${result.reason instanceof Error ? result.reason.stack : result.reason}`]
      : [],
  );
  if (failed.length > 0) throw new Error(failed.join("\n\n"));
}
