import type { Socket } from "node:net";
import { holdStill } from "./hold-still.ts";
import { sever } from "./sockets.ts";

/** One client's way to one target, from the wish to the end of the tunnel. */
export interface Flight {
  readonly client: Socket;
  socket: Socket | undefined;
  /** Byte counts of the socket when the tunnel began; undefined while dialling. */
  start: Moved | undefined;
  /** We broke it off ourselves. */
  isSevered: boolean;
  /** A pause came while it was dialled: it is dialled anew when the pause is over. */
  isPutOff: boolean;
}

interface Moved {
  readonly up: number;
  readonly down: number;
}

/** Every flight of a relay, so that all of them can be ended in one turn and counted at any time. */
export interface Flights {
  readonly begin: (client: Socket) => Flight;
  /** The dial succeeded: from now on the flight is an open tunnel, until its socket closes. */
  readonly depart: (flight: Flight, socket: Socket) => void;
  readonly giveUp: (flight: Flight) => void;
  readonly severAll: () => void;
  /** Keeps every byte where it is, both ways; dials under way are put off. */
  readonly holdAll: () => void;
  readonly releaseAll: () => void;
  readonly counters: () => FlightCounters;
}

interface FlightCounters {
  readonly openTunnels: number;
  readonly tunnels: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
}

/** Opens an empty register. */
export function openFlights(): Flights {
  const flights = new Set<Flight>();
  const past = { tunnels: 0, bytesUp: 0, bytesDown: 0 };
  const held = new Map<Socket, () => void>();

  const land = (flight: Flight): void => {
    if (!flights.delete(flight)) return;
    const moved = movedBy(flight);
    past.bytesUp += moved.up;
    past.bytesDown += moved.down;
  };

  return {
    begin(client) {
      const flight = { client, socket: undefined, start: undefined, isSevered: false, isPutOff: false };
      flights.add(flight);
      return flight;
    },
    depart(flight, socket) {
      flight.socket = socket;
      // What the target already said waits in the socket and belongs to the tunnel.
      flight.start = { up: socket.bytesWritten, down: socket.bytesRead - socket.readableLength };
      past.tunnels++;
      if (socket.destroyed) land(flight);
      else socket.once("close", () => land(flight));
    },
    giveUp: land,
    severAll() {
      for (const flight of flights) {
        flight.isSevered = true;
        sever(flight.client);
        sever(flight.socket);
      }
    },
    holdAll() {
      for (const flight of flights) {
        if (flight.start !== undefined) {
          for (const socket of [flight.client, flight.socket])
            if (socket !== undefined && !held.has(socket)) held.set(socket, holdStill(socket));
          continue;
        }
        flight.isPutOff = true;
        sever(flight.socket);
      }
    },
    releaseAll() {
      const releases = [...held.values()];
      held.clear();
      for (const release of releases) release();
    },
    counters() {
      const open = [...flights].filter((flight) => flight.start !== undefined);
      const moved = open.map(movedBy);
      return {
        tunnels: past.tunnels,
        openTunnels: open.length,
        bytesUp: moved.reduce((sum, { up }) => sum + up, past.bytesUp),
        bytesDown: moved.reduce((sum, { down }) => sum + down, past.bytesDown),
      };
    },
  };
}

function movedBy({ socket, start }: Flight): Moved {
  if (socket === undefined || start === undefined) return { up: 0, down: 0 };
  return { up: socket.bytesWritten - start.up, down: socket.bytesRead - start.down };
}
