// Stays inside a bot's network as long as ports of the bot are published: the launcher listens outside and sends each
// connection in, and this process carries it to the bot. It ends with the launcher's channel.
import type { Socket } from "node:net";
import { carry } from "./carry.ts";
import type { ResidentMessage, ResidentNews } from "./messages.ts";

process.on("message", (message: ResidentMessage, outside: Socket | undefined) => {
  if (outside !== undefined) carry(outside, message.port, () => tell({ type: "refused" }));
});
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
tell({ type: "resident" });

function tell(news: ResidentNews): void {
  process.send?.(news, undefined, {}, () => {});
}
