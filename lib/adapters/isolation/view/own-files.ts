import { readFileSync } from "node:fs";

/** A text that stands in the bot's view for a file of the host's. */
export interface OwnFile {
  readonly path: string;
  readonly text: string;
}

/** The texts of a bot's own: its hosts file from the package's, and the host's nsswitch.conf without what would ask a daemon for names. */
export function ownFiles(hostsFile: string, hostName: string): readonly OwnFile[] {
  const hosts = read(hostsFile);
  const switches = read("/etc/nsswitch.conf");
  return [
    ...(hosts === undefined || read("/etc/hosts") === undefined
      ? []
      : [{ path: "/etc/hosts", text: withOwnName(hosts, hostName) }]),
    ...(switches === undefined ? [] : [{ path: "/etc/nsswitch.conf", text: askingOnlyDns(switches) }]),
  ];
}

/** The hosts file with a line for the host itself, which Java looks up to learn its own address. */
export function withOwnName(hosts: string, hostName: string): string {
  const [short = ""] = hostName.split(".");
  const names = short === hostName || short === "" ? hostName : `${hostName} ${short}`;
  return hostName === "localhost" || hostName === "" ? hosts : `${hosts.trimEnd()}\n127.0.0.1 ${names}\n`;
}

/**
 * The switch file with names looked up in files and by DNS alone: any other service (winbind, sss, ldap, mdns, resolve,
 * libvirt) asks a daemon outside over a socket in the file system. Users and groups stay as they are.
 */
export function askingOnlyDns(switches: string): string {
  const kept = switches.split("\n").filter((line) => !/^\s*hosts\s*:/i.test(line));
  return `${kept.join("\n").trimEnd()}\nhosts: files dns\n`;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
