import { connect, type Socket } from "node:net";
import type { DialNews, DialRequest, LauncherMessage } from "./messages.ts";

/** Opens connections as the launcher asks for them and hands each out as soon as it stands. */
export function dialOnRequest(): void {
  process.on("message", (message: LauncherMessage) => {
    if (message.type === "dial") dial(message);
  });
}

function dial({ id, address, port }: DialRequest): void {
  const socket = connect({ host: address, port });
  // What comes is for the launcher to read.
  socket.pause();
  socket.once("connect", () => tell({ type: "dialed", id }, socket));
  socket.on("error", ({ code = "an error" }: NodeJS.ErrnoException) =>
    tell({ type: "not-dialed", id, code }),
  );
}

function tell(news: DialNews, socket?: Socket): void {
  process.send?.(news, socket, {}, () => {});
}
