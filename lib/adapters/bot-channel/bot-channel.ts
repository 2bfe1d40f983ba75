import { once } from "node:events";
import { chmod } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import type {
  BotChannel,
  BotChannelEvent,
  BotChannelFactory,
  BotChannelOptions,
} from "../../ports/bot-channel.ts";
import type { LauncherFrame } from "../../protocol/frames.ts";
import { type BotConnection, createBotConnection } from "./bot-connection.ts";
import { trackLeavings } from "./leavings.ts";
import { prepareSocketPlace } from "./socket-path.ts";

/** As many processes of one bot may be connected at a time; more are turned away. */
const mostConnections = 128;
/** After this many refusals in one run further ones are not told: they would only let a hostile client busy the launcher. */
const mostRefusals = 100;

/** Listens on bot.sock, one channel a run. */
export function createBotChannelFactory(): BotChannelFactory {
  return { listen };
}

async function listen(options: BotChannelOptions): Promise<BotChannel> {
  const place = await prepareSocketPlace(options.path);
  const connections = new Set<BotConnection>();
  const tell = limitRefusals(options.onEvent);
  const leavings = trackLeavings<BotConnection>((id) => tell({ type: "left", id }));
  const server = createServer((socket) => {
    const onEvent = (event: BotChannelEvent) => {
      if (event.type === "left") return leavings.done(connection, event.id);
      if (event.type === "subscribed") leavings.subscribe(connection);
      tell(event);
    };
    const connection = createBotConnection(socket, { ...options, onEvent });
    connections.add(connection);
    socket.once("close", () => {
      connections.delete(connection);
      leavings.gone(connection);
    });
  });
  server.maxConnections = mostConnections;
  await startListening(server, place.path);

  // The bot's own process says hello before any child of its can be started, so the oldest one left is the main one.
  const sendToMain = (frame: LauncherFrame): boolean => {
    const main = [...connections].find((connection) => connection.canRead);
    main?.send(frame);
    return main !== undefined;
  };
  return {
    path: place.path,
    requestExitCheck: (id, witness, timeoutMs) => sendToMain({ type: "read", id, witness, timeoutMs }),
    announceSwitch: (id) => sendToMain({ type: "switch", id }),
    announceLeaving: (id, withinMs, why) =>
      leavings.announce(id, (connection) => connection.send({ type: "leaving", id, withinMs, why })),
    async close() {
      for (const connection of connections) connection.destroy();
      if (server.listening) {
        const closed = once(server, "close");
        server.close();
        await closed;
      }
      await place.remove();
    },
  };
}

// The folder is private, so nobody meets the socket between listen and chmod.
async function startListening(server: Server, path: string): Promise<void> {
  server.listen({ path });
  await once(server, "listening");
  await chmod(path, 0o600);
}

function limitRefusals(onEvent: (event: BotChannelEvent) => void): (event: BotChannelEvent) => void {
  let refusals = 0;
  return (event) => {
    if (event.type === "refused") refusals += 1;
    if (event.type !== "refused" || refusals <= mostRefusals) onEvent(event);
  };
}
