import type { Socket } from "node:net";
import type { Taken } from "./socks-frames.ts";

/** No frame came: the peer closed in good order, or sent more than a frame may have. */
export class FrameMissing extends Error {
  override readonly name = "FrameMissing";
  readonly reason: "ended" | "too long";

  constructor(reason: "ended" | "too long") {
    super(reason);
    this.reason = reason;
  }
}

/**
 * Reads one frame from the socket and leaves what follows in it. Rejects with FrameMissing, or with what `takeFrom` throws.
 * It reads on `readable`: a socket that was paused by hand would stay silent for whoever listens to it next.
 */
export function takeFrame<T>(
  socket: Socket,
  takeFrom: (bytes: Buffer) => Taken<T> | undefined,
  maxBytes: number,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let bytes: Buffer = Buffer.alloc(0);
    const stop = (): void => {
      socket.off("readable", look).off("end", onGone).off("close", onGone);
    };
    const look = (): void => {
      const chunk: Buffer | null = socket.read();
      if (chunk === null) return;
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
      try {
        const taken = takeFrom(bytes);
        if (taken === undefined && bytes.length <= maxBytes) return;
        stop();
        if (taken === undefined) {
          reject(new FrameMissing("too long"));
          return;
        }
        if (taken.rest.length > 0) socket.unshift(taken.rest);
        resolve(taken.value);
      } catch (error) {
        stop();
        reject(error);
      }
    };
    const onGone = (): void => {
      stop();
      reject(new FrameMissing("ended"));
    };
    socket.on("readable", look).on("end", onGone).on("close", onGone);
    if (socket.readableEnded || socket.destroyed) onGone();
    else look();
  });
}
