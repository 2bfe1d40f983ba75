// Stays inside a bot's network as long as ports of the bot are published: the launcher listens outside and sends each
// connection in, and this process carries it to the bot. It ends with the launcher's channel.
import { connect, type Socket } from "node:net";
import type { ResidentMessage, ResidentNews } from "./messages.ts";

process.on("message", (message: ResidentMessage, outside: Socket | undefined) => {
  if (outside !== undefined) carry(outside, message.port);
});
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
tell({ type: "resident" });

function carry(outside: Socket, port: number): void {
  outside.allowHalfOpen = true;
  const inside = connect({ host: "127.0.0.1", port, allowHalfOpen: true, noDelay: true });
  const endBoth = () => {
    outside.destroy();
    inside.destroy();
  };
  // A bot that does not listen (yet) looks outside as a closed port would: a reset.
  inside.on("error", ({ code }: NodeJS.ErrnoException) => {
    if (code === "ECONNREFUSED") tell({ type: "refused" });
    outside.resetAndDestroy();
    inside.destroy();
  });
  outside.on("error", endBoth);
  outside.on("close", () => inside.destroySoon());
  inside.on("close", () => outside.destroySoon());
  outside.pipe(inside);
  inside.pipe(outside);
}

function tell(news: ResidentNews): void {
  process.send?.(news, undefined, {}, () => {});
}
