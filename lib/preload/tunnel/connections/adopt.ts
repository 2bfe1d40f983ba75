import net from "node:net";
import type { Target } from "../names/connect-errors.ts";
import { fakeAddress } from "../names/fake-names.ts";
import type { Internals, NativeHandle, OpenSocket } from "../node/internals.ts";

/** Puts a handle that is connected to the target into a socket that waits for its connection, and tells its listeners. */
export function adopt(
  socket: OpenSocket,
  { handle, early }: { readonly handle: NativeHandle; readonly early: Buffer },
  target: Target,
  internals: Internals,
): void {
  reinitialize(socket, handle, internals);
  socket.connecting = false;
  socket._sockname = null;
  // HTTP/2 clients compare the peer's port with the origin's; the relay's own address means nothing to a bot.
  const address = net.isIP(target.host) === 0 ? fakeAddress(target.host) : target.host;
  socket._peername = { address, family: net.isIPv6(address) ? "IPv6" : "IPv4", port: target.port };
  socket._unrefTimer?.();
  if (early.length > 0) giveEarly(socket, early);
  socket.emit("connect");
  socket.emit("ready");
  if (socket.readableFlowing === true && socket.readableLength > 0) socket.read();
  if (!socket.destroyed && !socket.isPaused()) socket.read(0);
}

/** Gives a socket that never got one a handle to close, so that its end tells of errors as usual (`close` with hadError). */
export function giveHandleToClose(socket: OpenSocket, internals: Internals): void {
  if (socket._handle === null) reinitialize(socket, internals.newTcpHandle(), internals);
}

// Node takes a new handle for a new life of the socket and would forget an end() that came while dialling.
function reinitialize(socket: OpenSocket, handle: NativeHandle, { reinitializeHandle }: Internals): void {
  const methods = socket as unknown as Record<symbol, (handle: NativeHandle) => void>;
  const own = Object.getOwnPropertyDescriptor(socket, "_undestroy");
  Object.defineProperty(socket, "_undestroy", { value: () => {}, configurable: true });
  try {
    methods[reinitializeHandle]?.(handle);
  } finally {
    Reflect.deleteProperty(socket, "_undestroy");
    if (own !== undefined) Object.defineProperty(socket, "_undestroy", own);
  }
}

function giveEarly(socket: OpenSocket, early: Buffer): void {
  const receive = socket.encrypted === true ? socket._handle?.receive : undefined;
  if (receive !== undefined) {
    receive.call(socket._handle, early);
    return;
  }
  const onread = ownBuffer(socket);
  if (onread === undefined) buffer(socket, early);
  else setImmediate(fillBuffers, onread, early);
}

// A stream that flows would give the bytes out at once, ahead of `connect`.
function buffer(socket: OpenSocket, early: Buffer): void {
  const state = (socket as unknown as { readonly _readableState: { flowing: boolean | null } })
    ._readableState;
  const { flowing } = state;
  state.flowing = false;
  socket.unshift(early);
  state.flowing = flowing;
}

interface OwnBuffer {
  readonly nextBuffer: () => Uint8Array;
  readonly take: (bytes: number, buffer: Uint8Array) => boolean;
}

// A socket made with `onread` reads into buffers of its owner's and never through the stream.
function ownBuffer(socket: OpenSocket): OwnBuffer | undefined {
  const part = (description: string) => {
    const symbol = Object.getOwnPropertySymbols(socket).find((own) => own.description === description);
    return symbol === undefined ? undefined : (socket as unknown as Record<symbol, unknown>)[symbol];
  };
  const [buffer, take, generate] = [part("kBuffer"), part("kBufferCb"), part("kBufferGen")];
  if (!(buffer instanceof Uint8Array) || typeof take !== "function") return undefined;
  const nextBuffer = typeof generate === "function" ? (generate as () => Uint8Array) : () => buffer;
  return { nextBuffer, take: take as OwnBuffer["take"] };
}

function fillBuffers({ nextBuffer, take }: OwnBuffer, early: Buffer): void {
  for (let at = 0; at < early.length; ) {
    const buffer = nextBuffer();
    const bytes = Math.min(buffer.length, early.length - at);
    buffer.set(early.subarray(at, at + bytes));
    at += bytes;
    if (!take(bytes, buffer)) return;
  }
}
