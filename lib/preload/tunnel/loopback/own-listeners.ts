import type { Internals, NativeMethod, NativeMethods } from "../node/internals.ts";
import { reaches } from "./addresses.ts";
import { isBoundInTree, type SocketKind } from "./tree-listeners.ts";

/** Tells whether something of the bot's own is bound to this port of a loopback address. */
export type IsOwn = (kind: SocketKind, address: string, port: number) => boolean;

interface BoundHandle {
  readonly fd: number;
}

const { apply } = Reflect;

/** Notes what this thread listens on, and asks Linux about the bot's other threads and processes (`runId` marks them). */
export function trackOwnListeners({ tcp, udp }: Internals, runId: string | undefined): IsOwn {
  const bound = {
    tcp: track(tcp, ["listen"]),
    udp: track(udp, ["bind", "bind6"]),
  };
  return (kind, address, port) =>
    bound[kind].isBound(address, port) || isBoundInTree({ kind, address, port }, runId);
}

function track(methods: NativeMethods, names: readonly string[]) {
  const handles = new Set<BoundHandle>();
  const { getsockname } = methods;
  if (getsockname === undefined) throw new Error("this Node has no getsockname");
  for (const name of names) noteSuccess(methods, name, handles);
  return {
    isBound(address: string, port: number): boolean {
      for (const handle of handles) {
        const own: { address?: string; port?: number } = {};
        // A closed handle has no descriptor; its place may belong to somebody else by now.
        if (!(handle.fd >= 0)) handles.delete(handle);
        else if (apply(getsockname, handle, [own]) === 0 && own.port === port)
          if (reaches(own.address ?? "", address)) return true;
      }
      return false;
    },
  };
}

function noteSuccess(methods: NativeMethods, name: string, handles: Set<BoundHandle>): void {
  const native = methods[name];
  if (native === undefined) return;
  const noting: NativeMethod = function (this: unknown, ...args: unknown[]) {
    const result = apply(native, this, args);
    if (result === 0) handles.add(this as BoundHandle);
    return result;
  };
  methods[name] = noting;
}
