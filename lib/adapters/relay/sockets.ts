import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";

/** Carries bytes both ways with back-pressure and half-close until both sides are done. */
export function joinSockets(client: Socket, upstream: Socket): void {
  carry(client, upstream);
  carry(upstream, client);
}

// What `pipe` does between two sockets, without the listeners that it needs for streams of other kinds.
function carry(from: Socket, to: Socket): void {
  from.on("data", (bytes: Buffer) => {
    if (!to.write(bytes)) from.pause();
  });
  to.on("drain", () => from.resume());
  from.once("end", () => to.end());
  endTogether(from, to);
  from.resume();
}

/** Ends a connection now, so that its peer sees a reset and takes no cut body for a whole one. */
export function destroy(socket: Socket | undefined): void {
  if (socket === undefined || socket.destroyed) return;
  // Only a connected TCP socket has a reset: TLS and unix sockets throw, a connecting one would wait.
  const isPlainTcp =
    !(socket instanceof TLSSocket) && !socket.connecting && socket.remoteFamily !== undefined;
  if (isPlainTcp) socket.resetAndDestroy();
  else socket.destroy();
}

// A side that told its end before it broke has said everything: what is still buffered for the other is delivered (destroySoon);
// destroying at once would truncate it. A side that broke off in the middle resets the other.
function endTogether(from: Socket, to: Socket): void {
  from.once("close", (hadError) => {
    if (hadError && !from.readableEnded) destroy(to);
    else to.destroySoon();
  });
}
