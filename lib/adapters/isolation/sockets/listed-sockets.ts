/** A listening unix socket as the kernel lists it in one network. */
export interface ListedSocket {
  /** The name that it was bound by: an absolute path, or one relative to wherever that was. */
  readonly name: string;
  /** Of its file, in 32 bits; undefined where the list does not say. */
  readonly inode: number | undefined;
}

/** Reads what `ss -xlneH` prints; abstract names and sockets without one are left out, they do not cross networks. */
export function parseSocketStatistics(text: string): readonly ListedSocket[] {
  return text.split("\n").flatMap((line) => {
    // state, two queues, the name with whatever is in it, the socket's own number, no peer, then the file.
    const found = /^u_\S+\s+\S+\s+\d+\s+\d+\s+(.+?) \d+\s+\* 0\s.*?\bino:(\d+)/.exec(line);
    const [, name = "", inode] = found ?? [];
    return name === "" || name === "*" || name.startsWith("@") ? [] : [{ name, inode: Number(inode) }];
  });
}

/** Reads /proc/…/net/unix, which knows no file: the bound sockets that wait for connections or take datagrams. */
export function parseUnixTable(text: string): readonly ListedSocket[] {
  return text.split("\n").flatMap((line) => {
    const [, flags = "", type, name = ""] = /^\S+ \S+ \S+ (\S+) (\S+) \S+ +\d+ (.+)$/.exec(line) ?? [];
    const isListening = (Number.parseInt(flags, 16) & acceptsConnections) !== 0;
    const takesDatagrams = type === "0002";
    if (name === "" || name.startsWith("@") || !(isListening || takesDatagrams)) return [];
    return [{ name, inode: undefined }];
  });
}

/** `__SO_ACCEPTCON` (linux/net.h). */
const acceptsConnections = 0x10000;
