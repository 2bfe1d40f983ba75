import type { Tools } from "../host/tools.ts";
import { quote, stepMark } from "./shell-words.ts";
import { launcherDescriptor, workshopSteps } from "./view-script.ts";

export interface SetupOptions {
  /** Whose death ends the set-up. */
  readonly launcherPid: number;
  readonly tools: Tools;
  /** Words of the command that the shell becomes. */
  readonly inside: readonly string[];
}

export { quote };

/** The lines on stdout: every address is this host's own now; files can be laid over others; the file view is the bot's too. */
export const setupNews = { network: "network", files: "files", all: "all" } as const;

/** The line on stdin, a comment for the shell, after the steps of the file view; the sockets to be covered follow, one a line, until its end. */
export const endOfView = "# end of the file view";

/**
 * The shell text that readies a new network and file view: the way back to this host for every address, then what the bot
 * sees of the files. That is done beside the inside process, which the shell becomes meanwhile: the start of a Node takes
 * as long as all of it. The steps of the file view come on stdin, because a network may be begun long before it is known what
 * there is to cover.
 */
export function setupScript({ launcherPid, tools, inside }: SetupOptions): string {
  return [
    // The signal of its death is set by now: a launcher that died before is not our parent any more.
    `[ "$PPID" = ${launcherPid} ] || exit 91`,
    "umask 022",
    `fail() { echo "${stepMark} $1" >&2; exit 90; }`,
    `exec ${launcherDescriptor}<&0 </dev/null`,
    "{",
    ...networkSteps(quote(tools.ip)),
    `echo ${setupNews.network}`,
    ...workshopSteps(tools),
    `echo ${setupNews.files}`,
    ...viewFromLauncher,
    `echo ${setupNews.all}`,
    // The channel to the launcher is the inside process's alone.
    "} 3>&- &",
    `exec ${launcherDescriptor}<&-`,
    `exec ${inside.map(quote).join(" ")} >/dev/null`,
  ].join("\n");
}

// Without its last line it is no view: the launcher is gone, or does not need the network.
const viewFromLauncher = [
  "steps= line=",
  `until [ "$line" = ${quote(endOfView)} ]; do`,
  `IFS= read -r line <&${launcherDescriptor} || exit 92`,
  'steps="$steps$line',
  '"',
  "done",
  'eval "$steps"',
];

// Every address is this host's own. No source is named: answers to a query must come from the address asked.
const requiredSteps = ["link set lo up", "route replace local 0.0.0.0/0 dev lo"];

// A datagram to a port that nobody has is refused by a message that only a connected socket hears; a rule tells every
// sender at once. The ports of names and below stay: programs "connect" to them only to learn their own address, and
// 65535 is none that the kernel takes. The rule of the local table moves behind these, as the last step: where one
// before it is not known (Linux older than 4.17), all stays as it was.
const datagramSteps = [
  "rule add pref 9 lookup local",
  "rule add pref 1 to 127.0.0.0/8 lookup local",
  "rule add pref 2 ipproto udp sport 53 lookup local",
  "rule add pref 3 ipproto udp dport 81-65534 unreachable",
  "rule del pref 0",
];
// With the loopback's own address alone, glibc takes a host for one without IPv4 when a program asks for addresses of a
// family that the host has (AI_ADDRCONFIG), and finds no name. This one nobody is given (dns/fake-addresses.ts).
const ownAddressSteps = ["address add 198.18.0.1/32 dev lo"];
// Others look for a card beside the loopback, and think that they are offline without one: got's DNS cache, Java, browsers.
// Both ends of its cable are here, and nothing is ever sent over it: every address is the loopback's.
const cardSteps = [
  "link add launch0 type veth peer name launch1",
  "link set launch0 addrgenmode none",
  "link set launch1 addrgenmode none",
  "link set launch1 up",
  "link set launch0 up",
  "address add 198.18.0.1/32 dev launch0",
];
const ipv6Steps = ["route replace local ::/0 dev lo"];

// One process does it all, and goes on where something cannot be had: a host without IPv6 has no way out over it either.
// Whether all that is required is there is asked only then.
function networkSteps(ip: string): readonly string[] {
  const batch = (steps: readonly string[], flags: string) =>
    `printf '%s\\n' ${steps.map(quote).join(" ")} | ${ip} ${flags}-batch -`;
  const all = batch(
    [...requiredSteps, ...ownAddressSteps, ...cardSteps, ...datagramSteps, ...ipv6Steps],
    "-force ",
  );
  return [`${all} 2>/dev/null || ${batch(requiredSteps, "")} || fail network`];
}
