import net, { type Socket } from "node:net";
import type { OpenPlaces } from "../handle-guard.ts";
import { connectError, notFoundError, type Target } from "../names/connect-errors.ts";
import { isOrphan } from "../names/fake-names.ts";
import type { Internals, NativeHandle, OpenSocket } from "../node/internals.ts";
import { adopt, giveHandleToClose } from "./adopt.ts";
import { type Dialling, dialFirst, toRelay } from "./dial.ts";
import type { RelayAddress } from "./relay-address.ts";
import { type OwnLookup, openAddress, readWish, targetsOf, type Wish } from "./wish.ts";

/** Makes every `connect` of a TCP socket go through the relay but those to open places: http, https, http2, tls, fetch and undici all end here. */
export function tunnelConnections(internals: Internals, relay: RelayAddress, places: OpenPlaces): void {
  const prototype = net.Socket.prototype as { connect: (...args: unknown[]) => Socket };
  const direct = prototype.connect;
  const tunnel: Tunnel = { internals, relay, places, direct };
  function connect(this: OpenSocket, ...args: unknown[]): OpenSocket {
    const [options, callback] = normalized(internals, args);
    const wish = toRelay in this ? undefined : readWish(options);
    if (wish === undefined) {
      Reflect.apply(direct, this, args);
      return this;
    }
    const open = wish.lookup === undefined ? openAddress(wish, places) : undefined;
    if (open !== undefined) {
      Reflect.apply(direct, this, [{ ...options, host: open }, callback]);
      return this;
    }
    if (callback !== null) this.once("connect", callback);
    // A TLS socket over a socket that is still connecting waits for that one.
    if (this._parent?.connecting !== true) start(this, wish, tunnel);
    return this;
  }
  prototype.connect = connect as unknown as typeof direct;
}

interface Tunnel {
  readonly internals: Internals;
  readonly relay: RelayAddress;
  readonly places: OpenPlaces;
  readonly direct: (...args: unknown[]) => Socket;
}

// Node's own callers hand over arguments that are normalised already, marked by a symbol.
function normalized(internals: Internals, args: unknown[]): ReturnType<Internals["normalizeArgs"]> {
  const [first] = args;
  const isDone = Array.isArray(first) && Object.getOwnPropertySymbols(first).length > 0;
  return isDone ? (first as ReturnType<Internals["normalizeArgs"]>) : internals.normalizeArgs(args);
}

function start(socket: OpenSocket, wish: Wish, tunnel: Tunnel): void {
  if (socket.destroyed) {
    // A socket that is used again begins a new life, as in Node's own connect.
    socket._undestroy();
    Object.assign(socket, { _handle: null, _peername: null, _sockname: null });
  }
  socket.connecting = true;
  socket._host = wish.host;
  socket._unrefTimer?.();
  const held = holdWhileDialling(socket, tunnel.internals);
  if (wish.lookup === undefined) connectThrough(socket, targetsOf(wish), wish, { ...tunnel, held });
  else askOwnLookup(socket, wish, wish.lookup, { ...tunnel, held });
}

interface Start extends Tunnel {
  readonly held: Held;
}

// A program that brings its own lookup has a reason: its answer counts, as in Node.
function askOwnLookup(socket: OpenSocket, wish: Wish, lookup: OwnLookup, start: Start): void {
  const { family, hints = 0 } = wish.options;
  lookup(wish.host, { family, hints, all: wish.wantsAll }, (error, found, foundFamily) => {
    const [first] = Array.isArray(found) ? (found as readonly { readonly address: string }[]) : [];
    const address = typeof found === "string" ? found : first?.address;
    socket.emit("lookup", error, address, foundFamily, wish.host);
    if (!socket.connecting || socket.destroyed) return;
    if (error != null) fail(socket, error);
    else if (address === undefined || net.isIP(address) === 0) fail(socket, notFoundError(wish.host));
    else {
      const next = { ...wish, host: address };
      const open = openAddress(next, start.places);
      if (open === undefined) connectThrough(socket, targetsOf(next), next, start);
      else {
        start.held.release(undefined);
        Reflect.apply(start.direct, socket, [{ ...wish.options, host: open }]);
      }
    }
  });
}

function connectThrough(
  socket: OpenSocket,
  targets: readonly Target[],
  wish: Wish,
  { internals, relay, held }: Start,
): void {
  const why = whyNot(socket, wish);
  if (why !== undefined) {
    process.nextTick(() => fail(socket, why));
    return;
  }
  const dialling = dialFirst(relay, targets, (dialed, target) => {
    socket.off("close", abandon);
    if ("error" in dialed) fail(socket, dialed.error);
    else if (socket.destroyed) dialed.handle.close();
    else {
      held.release(dialed.handle);
      adopt(socket, dialed, target, internals);
    }
  });
  const abandon = () => dialling.destroy();
  held.follow(dialling);
  socket.once("close", abandon);
}

function whyNot(socket: OpenSocket, { host, port, options }: Wish): Error | undefined {
  // An address made up by another thread or process: nobody can tell the name any more.
  if (isOrphan(host)) return connectError("EHOSTUNREACH", { host, port });
  const family = net.isIP(host);
  const blocked = (options["blockList"] ?? socket.blockList) as net.BlockList | undefined;
  if (family === 0 || blocked?.check(host, family === 6 ? "ipv6" : "ipv4") !== true) return undefined;
  return Object.assign(new Error(`IP(${host}) is blocked by net.BlockList`), { code: "ERR_IP_BLOCKED" });
}

function fail(socket: OpenSocket, error: Error): void {
  socket.connecting = false;
  socket.destroy(error);
}

interface Held {
  /** Lets the dial keep the process alive, or not, as the socket was told. */
  readonly follow: (dialling: Dialling) => void;
  /** Gives the socket its own methods back, and the handle what it was told meanwhile. */
  readonly release: (handle: NativeHandle | undefined) => void;
}

// Until there is a handle, the socket to the relay is what keeps the process alive, or does not. There can be none before:
// TLS over this socket would wrap it at once.
function holdWhileDialling(socket: OpenSocket, internals: Internals): Held {
  let isRef = true;
  let dialling: Dialling | undefined;
  const hold = (wanted: boolean) => () => {
    isRef = wanted;
    dialling?.setRef(wanted);
    return socket;
  };
  const { _destroy: destroy } = socket;
  const shadows = {
    ref: hold(true),
    unref: hold(false),
    resetAndDestroy: () => socket.once("connect", () => socket.resetAndDestroy()),
    _destroy(...args: unknown[]) {
      release();
      giveHandleToClose(socket, internals);
      return Reflect.apply(destroy, socket, args);
    },
  };
  const release = () => {
    for (const name of Object.keys(shadows)) Reflect.deleteProperty(socket, name);
  };
  for (const [name, value] of Object.entries(shadows)) {
    Object.defineProperty(socket, name, { value, configurable: true, writable: true });
  }
  return {
    follow(next) {
      dialling = next;
      next.setRef(isRef);
    },
    release(handle) {
      release();
      if (isRef) handle?.ref();
      else handle?.unref();
    },
  };
}
