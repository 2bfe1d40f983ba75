import { once } from "node:events";

/** Prints lines, or bytes as they are, as they come, until there are no more or nobody reads them: a closed pipe ends it without an error. */
export async function printLines(
  lines: (gone: AbortSignal) => AsyncIterable<string | Uint8Array>,
  stdout: NodeJS.WriteStream,
): Promise<void> {
  const gone = new AbortController();
  const leave = (): void => gone.abort();
  stdout.once("error", leave);
  stdout.once("close", leave);
  try {
    for await (const line of lines(gone.signal)) {
      if (gone.signal.aborted) return;
      if (stdout.write(typeof line === "string" ? `${line}\n` : line)) continue;
      await once(stdout, "drain", { signal: gone.signal }).catch(() => undefined);
    }
  } finally {
    stdout.off("close", leave);
  }
}
