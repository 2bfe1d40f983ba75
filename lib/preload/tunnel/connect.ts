import net, { type Socket } from "node:net";
import { adopt, giveHandleToClose } from "./adopt.ts";
import { connectError, type Target } from "./connect-errors.ts";
import { type Dialed, dial, toRelay } from "./dial.ts";
import { realName } from "./fake-names.ts";
import type { Internals, NativeHandle, OpenSocket } from "./internals.ts";
import { isLocalHost } from "./local-targets.ts";
import type { RelayAddress } from "./relay-address.ts";

/** Makes every `connect` of a TCP socket that leads off the machine go through the relay: http, https, http2, tls, fetch and undici all end here. */
export function tunnelConnections(internals: Internals, relay: RelayAddress): void {
  const prototype = net.Socket.prototype as { connect: (...args: unknown[]) => Socket };
  const direct = prototype.connect;
  function connect(this: OpenSocket, ...args: unknown[]): OpenSocket {
    const [options, callback] = normalized(internals, args);
    const target = targetOf(options);
    if (toRelay in this || target === undefined) {
      Reflect.apply(direct, this, args);
      return this;
    }
    if (callback !== null) this.once("connect", callback);
    // A TLS socket over a socket that is still connecting waits for that one.
    if (this._parent?.connecting !== true) connectThrough(this, target, internals, relay);
    return this;
  }
  prototype.connect = connect as unknown as typeof direct;
}

// Node's own callers hand over arguments that are normalised already, marked by a symbol.
function normalized(internals: Internals, args: unknown[]): ReturnType<Internals["normalizeArgs"]> {
  const [first] = args;
  const isDone = Array.isArray(first) && Object.getOwnPropertySymbols(first).length > 0;
  return isDone ? (first as ReturnType<Internals["normalizeArgs"]>) : internals.normalizeArgs(args);
}

function targetOf({ path, fd, host, port }: Record<string, unknown>): Target | undefined {
  if (path != null || fd != null) return undefined;
  const name = typeof host === "string" && host !== "" ? host.replace(/^\[(.*)\]$/, "$1") : "localhost";
  const number = typeof port === "string" && port.trim() !== "" ? Number(port) : port;
  // A port that Node refuses is left to Node to refuse; the handle guard stands behind it.
  const isPort = typeof number === "number" && Number.isInteger(number) && number > 0 && number < 65_536;
  return !isPort || isLocalHost(name) ? undefined : { host: realName(name), port: number };
}

function connectThrough(socket: OpenSocket, target: Target, internals: Internals, relay: RelayAddress): void {
  if (socket.destroyed) {
    // A socket that is used again begins a new life, as in Node's own connect.
    socket._undestroy();
    Object.assign(socket, { _handle: null, _peername: null, _sockname: null });
  }
  socket.connecting = true;
  socket._host = target.host;
  socket._unrefTimer?.();
  if (/^198\.1[89]\./.test(target.host)) {
    // An address made up by another thread or process: nobody can tell the name any more.
    process.nextTick(() => fail(socket, connectError("EHOSTUNREACH", target)));
    return;
  }
  const raw = dial(relay, target, (dialed: Dialed) => {
    socket.off("close", abandon);
    const settle = held.release;
    if ("error" in dialed) {
      settle(undefined);
      fail(socket, dialed.error);
    } else if (socket.destroyed) {
      settle(undefined);
      dialed.handle.close();
    } else {
      settle(dialed.handle);
      adopt(socket, dialed, target, internals);
    }
  });
  const abandon = () => raw.destroy();
  const held = holdWhileDialling(socket, raw, internals);
  socket.once("close", abandon);
}

function fail(socket: OpenSocket, error: Error): void {
  socket.connecting = false;
  socket.destroy(error);
}

interface Held {
  readonly release: (handle: NativeHandle | undefined) => void;
}

// Until there is a handle, the socket to the relay is what keeps the process alive, or does not. There can be none before:
// TLS over this socket would wrap it at once.
function holdWhileDialling(socket: OpenSocket, raw: Socket, internals: Internals): Held {
  let isRef = true;
  const hold = (wanted: boolean) => () => {
    isRef = wanted;
    if (wanted) raw.ref();
    else raw.unref();
    return socket;
  };
  const { _destroy: destroy } = socket;
  const shadows = {
    ref: hold(true),
    unref: hold(false),
    _destroy(...args: unknown[]) {
      Reflect.deleteProperty(socket, "_destroy");
      giveHandleToClose(socket, internals);
      return Reflect.apply(destroy, socket, args);
    },
  };
  for (const [name, value] of Object.entries(shadows)) {
    Object.defineProperty(socket, name, { value, configurable: true, writable: true });
  }
  return {
    release(handle) {
      Reflect.deleteProperty(socket, "ref");
      Reflect.deleteProperty(socket, "unref");
      if (handle === undefined) return;
      Reflect.deleteProperty(socket, "_destroy");
      if (!isRef) handle.unref();
      else handle.ref();
    },
  };
}
