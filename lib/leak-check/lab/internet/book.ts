import type { Socket } from "node:net";
import type { Arrival } from "../site/leak-lab.ts";

/** Writes an arrival down. */
export type Note = (arrival: Arrival) => void;

/** One way to a target: under which port its arrivals are written down, and who is taken for their sender. */
export interface Door {
  readonly note: Note;
  readonly peerOf: (socket: Pick<Socket, "remoteAddress"> | undefined) => string;
  port: number;
}

/** A door that tells its guests apart by the address they come from. */
export function openDoor(note: Note, port = 0): Door {
  return { note, port, peerOf: (socket) => plainPeer(socket?.remoteAddress) };
}

/** The peer as people write it: without the IPv6 form of an IPv4 address. */
export function plainPeer(address: string | undefined): string {
  return (address ?? "gone").replace(/^::ffff:/, "");
}
