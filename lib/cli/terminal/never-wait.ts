/** The part of a terminal's stream that Node documents only for its own use. */
interface TerminalHandle {
  setBlocking?(isBlocking: boolean): unknown;
}

/**
 * Lets writes to a terminal come back at once. By default Node waits for a terminal that takes nothing (Ctrl-S, a stalled
 * ssh), and the bot's relay and lease would wait with it. Not for a terminal that a child shares: it would never wait either.
 */
export function neverWaitFor(streams: readonly { readonly isTTY?: boolean }[]): void {
  for (const stream of streams) {
    const { _handle: handle } = stream as { readonly _handle?: TerminalHandle };
    if (stream.isTTY === true) handle?.setBlocking?.(false);
  }
}
