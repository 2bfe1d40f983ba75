import type { IpFamily, PublicRange } from "../domain/ip.ts";
import type { Upstream } from "../domain/proxy/proxy.ts";
import type { TransportFailure } from "../domain/proxy/transport.ts";
import type { HostTraffic, Traffic } from "../domain/run/traffic.ts";
import type { MonotonicMs } from "../domain/time.ts";

/** Makes the forwarder of one run. */
export interface RelayFactory {
  open(options: RelayOptions): Promise<Relay>;
}

export interface RelayOptions {
  /** The account's name: for messages. */
  readonly name: string;
  /** The run token: a client that does not present it gets 407. */
  readonly token: string;
  /** `host:port` targets dialled direct by the launcher although they are loopback or private. */
  readonly local: readonly string[];
  readonly publicRanges: readonly PublicRange[];
  readonly onEvent: (event: RelayEvent) => void;
}

/** Our forwarder: the bot sees only it, the upstream sees only it, and it can be cut. Starts shut and without upstream. */
export interface Relay {
  /** The loopback listener of the run token. */
  readonly host: string;
  readonly port: number;
  readonly gate: "shut" | "open" | "paused" | "cut";
  /** New connections of the bot go through this upstream; open ones stay where they are until `cut`. */
  setUpstream(upstream: Upstream | undefined): void;
  /** Address literals of another family are refused: nobody has proven where they would leave. */
  setFamilies(families: readonly IpFamily[]): void;
  /** Lets the bot's connections through; what a pause kept goes on where it was. */
  open(): void;
  /** While open: no byte either way and no new tunnel until `open`, `cut` or `shut`; nobody is reset. */
  pause(): void;
  /** As at the start: connections of the bot wait until `open` or `cut`, the first is reported; those open end. */
  shut(): void;
  /** Ends every tunnel of the bot at once and lets nothing new through until `open`; the launcher's own `dial` still works. */
  cut(reason: string): void;
  /** The gate shuts by itself at this moment unless told a later one. */
  setDeadline(at: MonotonicMs | undefined): void;
  /** A connection to `host:port` through the present upstream for the launcher's own proofs, whatever the gate. Rejects with RelayDialError. */
  dial(host: string, port: number, timeoutMs: number): Promise<DialedConnection>;
  /** A listener of another kind (a socket handed out of a namespace); closed with the relay. */
  attach(listener: AttachedListener): void;
  /** Since the relay was opened. */
  counters(): Traffic;
  /** What went to each host since the relay was opened; hosts beyond the first few hundred share the name "". */
  byHost(): readonly HostTraffic[];
  close(): Promise<void>;
}

/** A duplex byte stream (a `net.Socket` or like it); the type is Node's own in the adapters. */
export type DialedConnection = import("node:stream").Duplex;

/** Sockets accepted elsewhere; `destinationOf` tells where the client meant to go. */
export interface AttachedListener {
  readonly server: import("node:net").Server;
  destinationOf(
    socket: import("node:net").Socket,
  ): { readonly host: string; readonly port: number } | undefined;
}

export type RelayEvent =
  /** The first connection of the bot while the gate was still shut. */
  | { readonly type: "connection-before-ready" }
  | { readonly type: "connected"; readonly target: string }
  | { readonly type: "failed"; readonly target: string; readonly failure: TransportFailure }
  /** `gate`: nothing passes now, whatever the target. */
  | {
      readonly type: "refused";
      readonly because: "gate" | "target";
      readonly target: string;
      readonly why: string;
    }
  /** A client without the run token. */
  | { readonly type: "unauthenticated-client" }
  | { readonly type: "deadline" };

/** What `dial` rejects with. */
export interface RelayDialError extends Error {
  readonly failure: TransportFailure;
}
