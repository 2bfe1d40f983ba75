import net from "node:net";
import type { Internals, NativeMethod, NativeMethods } from "./internals.ts";
import { isLocalHost, isLoopbackIp } from "./local-targets.ts";

/** libuv's EPERM and EAI_FAIL-like "not found", which callers turn into Node's own errors (uv/errno.h). */
const [eperm, notFound] = [-1, -3008];

/** The last line: native handles refuse whatever does not stay on the machine, also to code that goes round net, dgram and dns. */
export function guardHandles({ tcp, udp, resolver, cares }: Internals): void {
  // (request, address, port)
  for (const method of ["connect", "connect6"]) guard(tcp, method, ([, address]) => isLocal(address), eperm);
  // (request, buffers, count, port, address, …), or without port and address on a connected socket
  for (const method of ["send", "send6"]) {
    guard(udp, method, ([, , , , address]) => typeof address !== "string" || isLocal(address), eperm);
  }
  for (const method of ["connect", "connect6"]) guard(udp, method, ([address]) => isLocal(address), eperm);
  // Joining a group tells the network by IGMP.
  for (const method of ["addMembership", "addSourceSpecificMembership"])
    guard(udp, method, () => false, eperm);
  for (const method of Object.getOwnPropertyNames(resolver)) {
    if (/^query|^getHostByAddr$/.test(method)) guard(resolver, method, () => false, eperm);
  }
  guard(cares, "getaddrinfo", ([, hostname]) => isKnownHere(hostname), notFound);
  guard(cares, "getnameinfo", ([, address]) => isLocal(address), notFound);
}

function guard(
  methods: NativeMethods,
  name: string,
  mayPass: (args: readonly unknown[]) => boolean,
  refusal: number,
): void {
  const native = methods[name];
  if (native === undefined) return;
  const guarded: NativeMethod = function (this: unknown, ...args: unknown[]) {
    return mayPass(args) ? Reflect.apply(native, this, args) : refusal;
  };
  methods[name] = guarded;
}

function isLocal(address: unknown): boolean {
  return typeof address === "string" && isLoopbackIp(address);
}

function isKnownHere(hostname: unknown): boolean {
  return typeof hostname === "string" && (net.isIP(hostname) !== 0 || isLocalHost(hostname));
}
