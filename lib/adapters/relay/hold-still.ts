import type { Socket } from "node:net";

/**
 * Holds a connection still: nothing is read from it, nothing that is written to it leaves, and its end waits too. Nobody is
 * reset. Gives back what lets everything go on in its order.
 */
export function holdStill(socket: Socket): () => void {
  let isWanted = socket.readableFlowing === true;
  let lastWords: unknown[] | undefined;
  socket.cork();
  socket.pause();
  // A pipe resumes its source when the other side has drained, and `end` would send what is held back before it ends.
  own(socket, "resume", () => {
    isWanted = true;
    return socket;
  });
  own(socket, "end", (...words: unknown[]) => {
    lastWords = words;
    return socket;
  });
  return () => {
    Reflect.deleteProperty(socket, "resume");
    Reflect.deleteProperty(socket, "end");
    if (socket.destroyed) return;
    socket.uncork();
    if (isWanted) socket.resume();
    if (lastWords !== undefined) (socket.end as (...words: unknown[]) => Socket)(...lastWords);
  };
}

function own(socket: Socket, name: "resume" | "end", value: (...words: unknown[]) => Socket): void {
  Object.defineProperty(socket, name, { value, configurable: true, writable: true });
}
