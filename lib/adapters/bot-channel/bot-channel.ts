import { once } from "node:events";
import { chmod, lstat, mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import type {
  BotChannel,
  BotChannelEvent,
  BotChannelFactory,
  BotChannelOptions,
} from "../../ports/bot-channel.ts";
import type { LauncherFrame } from "../../protocol/frames.ts";
import { makeFolder } from "../host-files/make-folder.ts";
import { longestPathBytes } from "../host-files/short-path.ts";
import { type BotConnection, createBotConnection, readSlowly } from "./bot-connection.ts";

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
    readSlowly(socket);
    connections.add(connection);
    socket.once("close", () => {
      connections.delete(connection);
      leavings.gone(connection);
      if (connection.readerPid !== undefined) tell({ type: "gone", pid: connection.readerPid });
    });
  });
  server.maxConnections = mostConnections;
  await startListening(server, place.path);

  // The bot's own process says hello before any child of its can be started, so the oldest one left is the main one.
  const sendToMain = (frame: LauncherFrame): boolean => {
    const main = [...connections].find((connection) => connection.readerPid !== undefined);
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

/**
 * Keeps who wants to be told before the exit is left, and who of those that were told is not done yet; calls `onAllDone` once for each
 * leaving that was announced, when the last of those that were told is done.
 */
export function trackLeavings<Member>(onAllDone: (id: number) => void) {
  const subscribers = new Set<Member>();
  const waiting = new Map<number, Set<Member>>();
  const done = (member: Member, id: number): void => {
    const rest = waiting.get(id);
    if (rest?.delete(member) !== true || rest.size > 0) return;
    waiting.delete(id);
    onAllDone(id);
  };
  return {
    subscribe: (member: Member) => void subscribers.add(member),
    /** Tells every subscriber by `send`; false when there is none. */
    announce(id: number, send: (member: Member) => void): boolean {
      if (subscribers.size === 0) return false;
      waiting.set(id, new Set(subscribers));
      for (const member of subscribers) send(member);
      return true;
    },
    done,
    /** Whoever is gone is done. */
    gone(member: Member): void {
      subscribers.delete(member);
      for (const id of waiting.keys()) done(member, id);
    },
  };
}

/** Where a socket really listens, and how to take it away. */
interface SocketPlace {
  readonly path: string;
  remove(): Promise<void>;
}

/** What a short place adds to its folder: the run id and six random characters, `/slipway-RUNID-a1B2c3/bot.sock`. */
const shortPlaceBytes = 61;

/** Makes room for a socket at `wanted`, or under a private temporary folder when that path is too long; a socket left by a dead launcher is removed. */
async function prepareSocketPlace(wanted: string): Promise<SocketPlace> {
  if (Buffer.byteLength(wanted) > longestPathBytes)
    return prepareShortPlace(basename(wanted, ".sock").slice(0, 36));
  makeFolder(dirname(wanted), 0o700);
  const present = await lstat(wanted).catch(() => undefined);
  if (present?.isSocket() === true) await rm(wanted);
  return { path: wanted, remove: () => rm(wanted, { force: true }) };
}

// The run id stays part of the path: processes are found by it.
async function prepareShortPlace(runId: string): Promise<SocketPlace> {
  const base = Buffer.byteLength(tmpdir()) > longestPathBytes - shortPlaceBytes ? "/tmp" : tmpdir();
  const folder = await mkdtemp(join(base, `slipway-${runId}-`));
  await chmod(folder, 0o700);
  return { path: join(folder, "bot.sock"), remove: () => rm(folder, { recursive: true, force: true }) };
}
