import { hostname } from "node:os";
import { ConfigError } from "../../../errors.ts";
import { textIn } from "../../host-files/read-if-there.ts";
import type { NetworkOptions } from "../network/network.ts";
import { lackingCapabilities } from "./capabilities.ts";
import type { Privilege } from "./entrance-words.ts";
import type { HostSettings } from "./host-settings.ts";
import { findTools, type Tools } from "./tools.ts";

/** The part of a network that follows from the host. */
export function hostSide({
  uid,
  insideFolder,
}: HostSettings): Pick<
  NetworkOptions,
  "tools" | "privilege" | "searchDomains" | "hostName" | "insideScript" | "node"
> {
  return {
    tools: requireTools(),
    privilege: privilegeOf(uid),
    searchDomains: searchDomains(),
    hostName: hostname(),
    insideScript: `${insideFolder}/open-sockets.js`,
    node: process.execPath,
  };
}

/** Real root needs no user namespace, and none is put in its way; a container's root without its capabilities is like any user. */
export function privilegeOf(uid: number): Privilege {
  return uid === 0 && lackingCapabilities().forRoot.length === 0 ? "root" : "rootless";
}

/** The tools of this host; throws ConfigError LAUNCH_TIER_UNAVAILABLE naming the first that is missing. */
export function requireTools(): Tools {
  const found = findTools();
  if (found.kind === "found") return found.tools;
  throw new ConfigError("LAUNCH_TIER_UNAVAILABLE", `The program ${found.name} is missing.`, {
    hint: `Install it: \`apt install ${found.debianPackage}\` on Debian and Ubuntu.`,
  });
}

function searchDomains(): readonly string[] {
  const lines = (textIn("/etc/resolv.conf") ?? "").split("\n");
  return lines.flatMap((line) => /^\s*(?:search|domain)\s+(.*)$/.exec(line)?.[1]?.trim().split(/\s+/) ?? []);
}
