import { dnsServers, internetNetworks, labAddresses, uplink } from "./lab-addresses.ts";
import { holdNamespaces, type NamespaceHolder, runTool } from "./namespace-holder.ts";

/** Two network namespaces joined by one cable, and how to get into each. */
export interface Site {
  readonly botSide: readonly string[];
  readonly internet: readonly string[];
  close(): Promise<void>;
}

/** Who opens the lab: root needs no user namespace, and anybody else stays the same user inside. */
export interface Opener {
  readonly uid: number;
  readonly gid: number;
}

/** Builds the namespaces; `folder` holds the few files that the bots' side sees in the place of the host's. */
export async function openSite({ uid, gid }: Opener, folder: string): Promise<Site> {
  const isRoot = uid === 0;
  const open = isRoot ? ["unshare"] : ["unshare", "--user", "--map-root-user"];
  const bots = await holdNamespaces([...open, "--net", "--mount", "--"], botSideScript(folder));
  const into = (pid: number): string[] => [
    "nsenter",
    `--target=${pid}`,
    ...(isRoot ? [] : ["--user", "--preserve-credentials"]),
    "--net",
    "--mount",
    "--wdns=/",
    "--",
  ];
  const holders: NamespaceHolder[] = [bots];
  const close = async (): Promise<void> => {
    for (const holder of holders.reverse()) await holder.close();
  };
  try {
    const internet = await holdNamespaces(
      [...into(bots.pid), "unshare", "--net", "--mount", "--"],
      internetScript(folder),
    );
    holders.push(internet);
    const { device } = uplink.botSide;
    const peer = ["peer", "name", uplink.internet.device, "netns", String(internet.pid)];
    await runTool([...into(bots.pid), "ip", "link", "add", "name", device, "type", "veth", ...peer]);
    await internet.tell("cabled");
    await bots.tell("cabled");
    // A launcher that is not root must not look like root to itself inside; launchers have to see one another's processes.
    const asSelf = ["unshare", "--user", `--map-user=${uid}`, `--map-group=${gid}`, "--"];
    const self = isRoot ? undefined : await holdNamespaces([...into(bots.pid), ...asSelf], selfScript);
    if (self !== undefined) holders.push(self);
    const intoSelf =
      self === undefined ? [] : ["nsenter", `--target=${self.pid}`, "--user", "--preserve-credentials", "--"];
    return { botSide: [...into(bots.pid), ...intoSelf], internet: into(internet.pid), close };
  } catch (error) {
    await close();
    throw error;
  }
}

const selfScript = "echo ready; exec cat";

function botSideScript(folder: string): string {
  const { device, ipv4, ipv6 } = uplink.botSide;
  return [
    "set -e",
    // An opener that was killed could not remove its folder.
    `trap "rm -rf '${folder}'" EXIT`,
    "mount --make-rprivate /",
    bindOver(folder, "resolv.conf"),
    bindOver(folder, "hosts"),
    bindOver(folder, "nsswitch.conf"),
    // A resolver of the host would answer from outside the lab.
    "for d in /run/nscd /run/systemd/resolve; do if [ -d $d ]; then mount -t tmpfs none $d; fi; done",
    "ip link set lo up",
    "echo ready; read -r _",
    `ip addr add ${ipv4} dev ${device}`,
    hasIpv6(`ip addr add ${ipv6} dev ${device} nodad`),
    `ip link set ${device} up`,
    `ip route add default via ${uplink.internet.ipv4}`,
    hasIpv6(`ip -6 route add default via ${uplink.internet.ipv6}`),
    "echo up; cat",
  ].join("\n");
}

function internetScript(folder: string): string {
  const { device, ipv4, ipv6 } = uplink.internet;
  return [
    "set -e",
    "mount --make-rprivate /",
    bindOver(folder, "resolv.conf"),
    bindOver(folder, "hosts"),
    bindOver(folder, "nsswitch.conf"),
    "echo ready; read -r _",
    "ip link set lo up",
    `ip addr add ${ipv4}/24 dev ${device}`,
    hasIpv6(`ip addr add ${ipv6}/64 dev ${device} nodad`),
    `ip link set ${device} up`,
    ...internetNetworks.ipv4.map((network) => `ip route add local ${network} dev lo`),
    ...internetNetworks.ipv6.map((network) => hasIpv6(`ip -6 route add local ${network} dev lo`)),
    // An IPv6 address that sockets are bound to has to be there by itself, not by a route alone.
    hasIpv6(`ip addr add ${labAddresses.exitIpv6}/128 dev lo nodad`),
    `nft -f - <<'END'\n${meterRules(device)}\nEND`,
    "echo up; exec cat",
  ].join("\n");
}

// Counted where the packets come out, beyond the reach of whatever runs on the bots' side.
function meterRules(device: string): string {
  return `table inet uplink {
  counter proxied { }
  counter other-ipv4 { }
  counter other-ipv6 { }
  chain arriving {
    type filter hook prerouting priority raw; policy accept;
    iifname != "${device}" accept
    ip daddr ${labAddresses.proxyHost} meta l4proto tcp counter name proxied accept
    icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert, mld2-listener-report } accept
    meta nfproto ipv4 counter name other-ipv4
    meta nfproto ipv6 counter name other-ipv6
  }
}`;
}

/** The files that both sides see in the place of the host's, by name in /etc. */
export const siteFiles: Readonly<Record<string, string>> = {
  "resolv.conf": `nameserver ${dnsServers.own}\noptions timeout:1 attempts:1\n`,
  hosts: "127.0.0.1 localhost\n::1 localhost\n",
  "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
};

// Without the file there is nothing to hide, and a link is followed to what it stands for.
function bindOver(folder: string, name: string): string {
  return `if [ -e /etc/${name} ]; then mount --bind '${folder}/${name}' "$(readlink -f /etc/${name})"; fi`;
}

function hasIpv6(command: string): string {
  return `if [ -e /proc/net/if_inet6 ]; then ${command}; fi`;
}
