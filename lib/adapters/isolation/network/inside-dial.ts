import type { ChildProcess } from "node:child_process";
import type { Socket } from "node:net";
import type { Dial } from "../../../ports/exit-witness.ts";
import type { DialedConnection } from "../../../ports/relay.ts";
import type { DialRequest, InsideMessage } from "../inside/messages.ts";

interface Waiting {
  readonly resolve: (connection: DialedConnection) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Connections that a process inside a network opens and hands out: they leave as the bot's own do, and the launcher talks
 * over them. `addressOf` gives the address that leads to a host from inside. A dial rejects with the system's code.
 */
export function dialFromInside(child: ChildProcess, addressOf: (host: string) => string): Dial {
  const waiting = new Map<number, Waiting>();
  let last = 0;
  child.on("message", (news: InsideMessage, socket: Socket | undefined) => {
    if (news.type !== "dialed" && news.type !== "not-dialed") return;
    const asked = waiting.get(news.id);
    waiting.delete(news.id);
    if (socket === undefined) asked?.reject(notDialed(news.type === "not-dialed" ? news.code : "ECONNRESET"));
    else if (asked === undefined) socket.on("error", () => {}).destroy();
    else asked.resolve(socket);
  });
  child.once("exit", () => {
    for (const { reject } of waiting.values()) reject(notDialed("ECONNABORTED"));
    waiting.clear();
  });
  return (host, port) =>
    new Promise((resolve, reject) => {
      const request: DialRequest = { type: "dial", id: ++last, address: addressOf(host), port };
      waiting.set(request.id, { resolve, reject });
      child.send(request, (error) => {
        if (error === null) return;
        waiting.delete(request.id);
        reject(error);
      });
    });
}

function notDialed(code: string): Error {
  return Object.assign(new Error(`no connection from inside (${code})`), { code });
}
