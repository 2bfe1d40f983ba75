import net, { type Socket } from "node:net";

/** A native TCP handle as libuv's wrapper gives it. */
export interface NativeHandle {
  reading: boolean;
  readStop(): number;
  readonly receive?: (bytes: Buffer) => void;
  close(): void;
  ref(): void;
  unref(): void;
}

/** Native methods give back 0 or a negative libuv error. */
export type NativeMethod = (this: unknown, ...args: unknown[]) => unknown;
export type NativeMethods = Record<string, NativeMethod | undefined>;

/** A socket with the parts of it that Node keeps to itself. */
export type OpenSocket = Omit<Socket, "connecting" | "destroyed" | "_destroy"> & {
  connecting: boolean;
  destroyed: boolean;
  _handle: NativeHandle | null;
  _host: string | null;
  _parent?: { readonly connecting: boolean } | null;
  _peername: unknown;
  _sockname: unknown;
  _undestroy(): void;
  _destroy: (this: void, ...args: unknown[]) => unknown;
  _unrefTimer?(): void;
  encrypted?: boolean;
  blockList?: unknown;
};

/** The parts of Node that are not public and without which nothing can be held. */
export interface Internals {
  /** `kReinitializeHandle`: gives a socket a new native handle, for the address-family race of Node's own (from Node 20 on). */
  readonly reinitializeHandle: symbol;
  normalizeArgs(args: unknown[]): [options: Record<string, unknown>, callback: (() => void) | null];
  /** A TCP handle without a connection. */
  newTcpHandle(): NativeHandle;
  readonly tcp: NativeMethods;
  readonly udp: NativeMethods;
  readonly resolver: NativeMethods;
  readonly cares: NativeMethods;
  readonly spawn: NativeMethods;
  readonly spawnSync: NativeMethods;
}

/** Finds them all; throws an error that names the first one missing. */
export function findInternals(): Internals {
  const reinitializeHandle = Object.getOwnPropertySymbols(net.Socket.prototype).find(
    ({ description }) => description === "kReinitializeHandle",
  );
  const { _normalizeArgs: normalizeArgs } = net as unknown as { _normalizeArgs?: Internals["normalizeArgs"] };
  const [tcpWrap, cares] = [binding("tcp_wrap"), binding("cares_wrap")];
  const Tcp = required(tcpWrap["TCP"], "TCP") as unknown as new (type: number) => NativeHandle;
  return {
    reinitializeHandle: required(reinitializeHandle, "kReinitializeHandle"),
    normalizeArgs: required(normalizeArgs, "_normalizeArgs"),
    newTcpHandle: () => new Tcp(0),
    tcp: prototype(tcpWrap, "TCP", ["connect", "connect6", "listen", "getsockname"]),
    udp: prototype(binding("udp_wrap"), "UDP", [
      "send",
      "send6",
      "connect",
      "connect6",
      "bind",
      "bind6",
      "getsockname",
    ]),
    resolver: prototype(cares, "ChannelWrap", ["queryA"]),
    cares,
    spawn: prototype(binding("process_wrap"), "Process", ["spawn"]),
    spawnSync: withMethods(binding("spawn_sync"), "spawn_sync", ["spawn"]),
  };
}

type Binding = NativeMethods & Record<string, { readonly prototype?: NativeMethods } | undefined>;

function binding(name: string): Binding {
  // A process that shows deprecations would print one that its author cannot do anything about.
  const { noDeprecation } = process;
  // Under --no-deprecation it is true already, and cannot be set.
  if (noDeprecation !== true) process.noDeprecation = true;
  try {
    return (process as unknown as { binding(name: string): Binding }).binding(name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_ACCESS_DENIED")
      throw new Error("Node's --permission hides the handles that must be guarded; start the bot without it");
    throw unsupported(`process.binding("${name}")`);
  } finally {
    if (noDeprecation === undefined) delete process.noDeprecation;
    else if (noDeprecation !== true) process.noDeprecation = noDeprecation;
  }
}

function prototype(from: Binding, name: string, methods: readonly string[]): NativeMethods {
  return withMethods(required(from[name]?.prototype, name), name, methods);
}

function withMethods<T extends NativeMethods>(target: T, name: string, methods: readonly string[]): T {
  for (const method of methods)
    if (typeof target[method] !== "function") throw unsupported(`${name}.${method}`);
  return target;
}

function required<T>(part: T | undefined, name: string): T {
  if (part === undefined) throw unsupported(name);
  return part;
}

function unsupported(part: string): Error {
  return new Error(`Node ${process.version} as started here has no ${part}`);
}
