import { connect, type Socket } from "node:net";

/** Joins a connection to a port on the loopback of this process's network; where nobody listens there (yet), it looks as a closed port does: a reset. */
export function carry(outside: Socket, port: number, onRefused: () => void): void {
  outside.allowHalfOpen = true;
  const inside = connect({ host: "127.0.0.1", port, allowHalfOpen: true, noDelay: true });
  const endBoth = () => {
    outside.destroy();
    inside.destroy();
  };
  inside.on("error", ({ code }: NodeJS.ErrnoException) => {
    if (code === "ECONNREFUSED") onRefused();
    outside.resetAndDestroy();
    inside.destroy();
  });
  outside.on("error", endBoth);
  outside.on("close", () => inside.destroySoon());
  inside.on("close", () => outside.destroySoon());
  outside.pipe(inside);
  inside.pipe(outside);
}
