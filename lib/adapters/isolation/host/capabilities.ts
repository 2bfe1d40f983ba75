import { textIn } from "../../host-files/read-if-there.ts";

/** What real root needs to go without a user namespace, with its bit (linux/capability.h): containers take some of it away. */
const neededByRoot = {
  CAP_SETPCAP: 8,
  CAP_NET_BIND_SERVICE: 10,
  CAP_NET_ADMIN: 12,
  CAP_SYS_CHROOT: 18,
  CAP_SYS_ADMIN: 21,
} as const;
/** Only who has it may take uid 0 along into a user namespace (user_namespaces(7), since Linux 5.12). */
const neededToMapRoot = { CAP_SETFCAP: 31 } as const;

/** What of it this process does not have; everything where that cannot be read. */
export function lackingCapabilities(): {
  readonly forRoot: readonly string[];
  readonly forUserNamespace: readonly string[];
} {
  const set = effectiveCapabilities();
  const lacking = (needed: Readonly<Record<string, number>>) =>
    Object.entries(needed).flatMap(([name, bit]) => (((set >> BigInt(bit)) & 1n) === 1n ? [] : [name]));
  return { forRoot: lacking(neededByRoot), forUserNamespace: lacking(neededToMapRoot) };
}

function effectiveCapabilities(): bigint {
  const status = textIn("/proc/self/status", "latin1") ?? "";
  return BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? "0"}`);
}
