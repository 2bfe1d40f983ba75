import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A real server that remembers everything that it was sent. */
export interface Receiver {
  readonly url: string;
  readonly received: readonly Received[];
  /** Answers everything with this from now on. */
  answer(status: number, body?: string): void;
  /** Asked of each request before it is answered: one that is lost never arrived, and its sender hears nothing. */
  meet(hook: (() => "take" | "lose") | undefined): void;
  /** Settles once the condition holds for what was received. */
  until(condition: (received: readonly Received[]) => boolean): Promise<void>;
  close(): Promise<void>;
}

/** Begins to listen on a free loopback port; answers after `delayMs`. */
export async function openReceiver(delayMs = 0): Promise<Receiver> {
  const received: Received[] = [];
  const waiting = new Set<() => void>();
  let meet: (() => "take" | "lose") | undefined;
  let status = 200;
  let answer = "";
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { url: path = "", headers } = request;
      if (meet?.() === "lose") return void request.socket.destroy();
      received.push({ path, headers, body: Buffer.concat(chunks).toString("utf8") });
      for (const look of waiting) look();
      setTimeout(() => response.writeHead(status).end(answer), delayMs);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    answer(next, body = "") {
      status = next;
      answer = body;
    },
    meet(hook) {
      meet = hook;
    },
    until: (condition) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!condition(received)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
