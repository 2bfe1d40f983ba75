import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { createBotChannelFactory } from "../../../lib/adapters/bot-channel/bot-channel.ts";
import type { RunId } from "../../../lib/domain/ids.ts";
import type { VenueAnswer } from "../../../lib/domain/verdict/venue-answer.ts";
import type { BotChannel, BotChannelEvent } from "../../../lib/ports/bot-channel.ts";
import type { Ended } from "../preload/preloaded.ts";

const runId = "00000000-0000-4000-8000-00000000beef" as RunId;

type Of<T extends BotChannelEvent["type"]> = BotChannelEvent & { readonly type: T };

/** A launcher's end of bot.sock that keeps what it hears. */
export interface Listener {
  readonly folder: string;
  readonly channel: BotChannel;
  readonly events: readonly BotChannelEvent[];
  /** What a child gets to find the socket. */
  readonly env: Readonly<Record<string, string>>;
  /** The first event of the type that fits, waited for. */
  next<T extends BotChannelEvent["type"]>(type: T, fits?: (event: Of<T>) => boolean): Promise<Of<T>>;
  /** From a failed end of this bot on, nothing is waited for: it says what the bot said. */
  endsWith(bot: { readonly ended: Promise<Ended> }): void;
  /** All answers so far of this host. */
  answersOf(host: string): readonly VenueAnswer[];
  close(): Promise<void>;
}

export async function listenForBot(): Promise<Listener> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-inside-"));
  const events: BotChannelEvent[] = [];
  const wakes = new Set<() => void>();
  let failed: Ended | undefined;
  const path = join(folder, "bot.sock");
  const channel = await createBotChannelFactory().listen({
    runId,
    path,
    launcherVersion: "0.1.0",
    onEvent(event) {
      events.push(event);
      for (const wake of wakes) wake();
    },
  });
  return {
    folder,
    channel,
    events,
    env: { LAUNCH_CONTROL: channel.path, LAUNCH_RUN_ID: runId },
    async next<T extends BotChannelEvent["type"]>(type: T, fits: (event: Of<T>) => boolean = () => true) {
      for (;;) {
        const found = events.find((event): event is Of<T> => event.type === type && fits(event as Of<T>));
        if (found !== undefined) return found;
        if (failed !== undefined)
          throw new Error(`no ${type} before the bot ended: ${JSON.stringify(failed)}`);
        await new Promise<void>((resolve) => {
          const wake = () => {
            wakes.delete(wake);
            resolve();
          };
          wakes.add(wake);
        });
      }
    },
    endsWith({ ended }) {
      void ended.then((end) => {
        if (end.code === 0) return;
        failed = end;
        for (const wake of wakes) wake();
      });
    },
    answersOf: (host) =>
      events.flatMap((event) =>
        event.type === "answers" ? event.answers.filter((answer) => answer.host === host) : [],
      ),
    async close() {
      await channel.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A venue on loopback that answers `/418` with 418, and takes a WebSocket on `/ws`. */
export interface Venue {
  readonly port: number;
  readonly connections: () => number;
  close(): Promise<void>;
}

export async function openVenue(): Promise<Venue> {
  let connections = 0;
  const sockets = new Set<Duplex>();
  const server = createServer(answer);
  server.on("connection", (socket) => {
    connections += 1;
    sockets.add(socket);
  });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex) => {
    socket.on("error", () => {});
    if (request.url?.startsWith("/ws") !== true) {
      socket.end(
        "HTTP/1.1 403 Forbidden\r\nserver: cloudflare\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
      );
      return;
    }
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${acceptance(request)}\r\n\r\n`,
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}

function acceptance(request: IncomingMessage): string {
  const key = `${request.headers["sec-websocket-key"] ?? ""}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  return createHash("sha1").update(key).digest("base64");
}

function answer({ url = "/" }: IncomingMessage, response: ServerResponse): void {
  const status = Number(/\/(\d{3})$/.exec(url)?.[1] ?? 200);
  response.writeHead(status, {
    "retry-after": "120",
    "cf-ray": "8f0-FRA",
    "set-cookie": "session=cookie-secret",
    location: "/",
  });
  response.end("{}");
}
