import net from "node:net";
import type { SocketKind } from "./loopback/tree-listeners.ts";
import type { Internals, NativeMethod, NativeMethods } from "./node/internals.ts";

/** libuv's EPERM and EAI_FAIL-like "not found", which callers turn into Node's own errors (uv/errno.h). */
const [eperm, notFound] = [-1, -3008];

// Taken before the bot's code could put something in its place.
const { apply } = Reflect;

export interface OpenPlaces {
  /** Whether this address and port may be reached without the relay: the relay itself, and what the bot listens on. */
  readonly mayReach: (kind: SocketKind, address: string, port: number) => boolean;
}

/** The last line: native handles refuse whatever is not open, also to code that goes round net, dgram and dns. */
export function guardHandles({ tcp, udp, resolver, cares }: Internals, { mayReach }: OpenPlaces): void {
  const isOpen = (kind: SocketKind, address: unknown, port: unknown) =>
    typeof address === "string" && typeof port === "number" && mayReach(kind, address, port);
  // (request, address, port)
  for (const method of ["connect", "connect6"])
    guard(tcp, method, ([, address, port]) => isOpen("tcp", address, port), eperm);
  // (request, buffers, count, port, address, …), or without port and address on a connected socket
  for (const method of ["send", "send6"]) {
    const isConnected = (args: readonly unknown[]) => args.length < 5;
    guard(udp, method, (args) => isConnected(args) || isOpen("udp", args[4], args[3]), eperm);
  }
  for (const method of ["connect", "connect6"])
    guard(udp, method, ([address, port]) => isOpen("udp", address, port), eperm);
  // Joining a group tells the network by IGMP.
  for (const method of ["addMembership", "addSourceSpecificMembership"])
    guard(udp, method, () => false, eperm);
  for (const method of Object.getOwnPropertyNames(resolver)) {
    if (/^query|^getHostByAddr$/.test(method)) guard(resolver, method, () => false, eperm);
  }
  guard(
    cares,
    "getaddrinfo",
    ([, hostname]) => typeof hostname === "string" && isIP(hostname) !== 0,
    notFound,
  );
  guard(cares, "getnameinfo", () => false, notFound);
}

const { isIP } = net;

function guard(
  methods: NativeMethods,
  name: string,
  mayPass: (args: readonly unknown[]) => boolean,
  refusal: number,
): void {
  const native = methods[name];
  if (native === undefined) return;
  const guarded: NativeMethod = function (this: unknown, ...args: unknown[]) {
    return mayPass(args) ? apply(native, this, args) : refusal;
  };
  methods[name] = guarded;
}
