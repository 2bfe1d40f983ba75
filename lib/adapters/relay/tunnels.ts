import type { Socket } from "node:net";
import type { HostTraffic, Traffic } from "../../domain/run/traffic.ts";
import { destroy } from "./sockets.ts";

/** One client's way to one target, from the wish to the end of the tunnel. */
export interface Tunnel {
  readonly client: Socket;
  /** Of its target; undefined for what passes no proxy. */
  readonly host: string | undefined;
  socket: Socket | undefined;
  /** Byte counts of the socket when the tunnel began; undefined while dialling. */
  start: Moved | undefined;
  /** We broke it off ourselves. */
  isSevered: boolean;
  /** A pause came while it was dialled: it is dialled anew when the pause is over. */
  isPutOff: boolean;
}

/** What tunnels tell of themselves. */
type Moves = Pick<Traffic, "openTunnels" | "tunnels" | "bytesUp" | "bytesDown">;

interface Moved {
  readonly up: number;
  readonly down: number;
}

/** Every tunnel of a relay, so that all of them can be ended in one turn and counted at any time. */
export function openTunnels() {
  const tunnels = new Set<Tunnel>();
  const past = { tunnels: 0, bytesUp: 0, bytesDown: 0 };
  const pastOf = new Map<string, HostTraffic>();
  const held = new Map<Socket, () => void>();

  const land = (tunnel: Tunnel): void => {
    if (!tunnels.delete(tunnel)) return;
    const moved = movedBy(tunnel);
    past.bytesUp += moved.up;
    past.bytesDown += moved.down;
    if (tunnel.start !== undefined) addTo(pastOf, tunnel, moved);
  };

  return {
    begin(client: Socket, host: string | undefined): Tunnel {
      const tunnel = { client, host, socket: undefined, start: undefined, isSevered: false, isPutOff: false };
      tunnels.add(tunnel);
      return tunnel;
    },
    /** The dial succeeded: from now on the tunnel is an open tunnel, until its socket closes. */
    depart(tunnel: Tunnel, socket: Socket): void {
      tunnel.socket = socket;
      // What the target already said waits in the socket and belongs to the tunnel.
      tunnel.start = { up: socket.bytesWritten, down: socket.bytesRead - socket.readableLength };
      past.tunnels++;
      if (socket.destroyed) land(tunnel);
      else socket.once("close", () => land(tunnel));
    },
    giveUp: land,
    severAll: (): void => {
      for (const tunnel of tunnels) {
        tunnel.isSevered = true;
        destroy(tunnel.client);
        destroy(tunnel.socket);
      }
    },
    /** Keeps every byte where it is, both ways; dials under way are put off. */
    holdAll: (): void => {
      for (const tunnel of tunnels) {
        if (tunnel.start !== undefined) {
          for (const socket of [tunnel.client, tunnel.socket])
            if (socket !== undefined && !held.has(socket)) held.set(socket, holdStill(socket));
          continue;
        }
        tunnel.isPutOff = true;
        destroy(tunnel.socket);
      }
    },
    releaseAll: (): void => {
      const releases = [...held.values()];
      held.clear();
      for (const release of releases) release();
    },
    byHost: () => byHost(pastOf, tunnels),
    counters: () => countersOf(past, tunnels),
  };
}

function countersOf(past: Omit<Moves, "openTunnels">, tunnels: ReadonlySet<Tunnel>): Moves {
  const open = [...tunnels].filter((tunnel) => tunnel.start !== undefined);
  const moved = open.map(movedBy);
  return {
    tunnels: past.tunnels,
    openTunnels: open.length,
    bytesUp: moved.reduce((sum, { up }) => sum + up, past.bytesUp),
    bytesDown: moved.reduce((sum, { down }) => sum + down, past.bytesDown),
  };
}

function byHost(
  past: ReadonlyMap<string, HostTraffic>,
  tunnels: ReadonlySet<Tunnel>,
): readonly HostTraffic[] {
  const sums = new Map(past);
  for (const tunnel of tunnels) if (tunnel.start !== undefined) addTo(sums, tunnel, movedBy(tunnel));
  return [...sums.values()];
}

/** A bot that speaks to more hosts than this is no reason to remember them all. */
const mostHosts = 256;

function addTo(sums: Map<string, HostTraffic>, { host: target }: Tunnel, { up, down }: Moved): void {
  if (target === undefined) return;
  const host = sums.has(target) || sums.size < mostHosts ? target : "";
  const { tunnels = 0, bytesUp = 0, bytesDown = 0 } = sums.get(host) ?? {};
  sums.set(host, { host, tunnels: tunnels + 1, bytesUp: bytesUp + up, bytesDown: bytesDown + down });
}

function movedBy({ socket, start }: Tunnel): Moved {
  if (socket === undefined || start === undefined) return { up: 0, down: 0 };
  return { up: socket.bytesWritten - start.up, down: socket.bytesRead - start.down };
}

/**
 * Holds a connection still: nothing is read from it, nothing that is written to it leaves, and its end waits too. Nobody is
 * reset. Gives back what lets everything go on in its order.
 */
function holdStill(socket: Socket): () => void {
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
