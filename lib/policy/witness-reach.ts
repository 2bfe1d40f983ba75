import { type IpAddress, type PublicRange, parseIp, reachOf } from "../domain/ip.ts";
import type { Tier } from "../domain/run/tier.ts";
import { ConfigError } from "../errors.ts";

/** A witness that the launcher may reach through a proxy, and a bot cannot. */
export interface OutOfReach {
  readonly witness: string;
  /** Words that follow the witness. */
  readonly why: string;
  /** The line that mends it in launch.yaml, under `network`. */
  readonly line: string;
}

/** The witnesses that no bot of the kernel tier reaches: its loopback is its own, and its relay lets it through to no private address. */
export function outOfReach(
  witnesses: readonly string[],
  publicRanges: readonly PublicRange[],
): readonly OutOfReach[] {
  return witnesses.flatMap((witness) => {
    const host = hostOf(witness);
    const ip = host === undefined ? undefined : parseIp(host);
    if (
      host === "localhost" ||
      host?.endsWith(".localhost") === true ||
      (ip !== undefined && isLoopback(ip))
    ) {
      const why = "is this host's loopback, but a bot in the kernel tier has its own loopback";
      return [
        {
          witness,
          why,
          line: 'witnesses: ["https://witness.example/ip", …] (names or addresses that the proxy reaches)',
        },
      ];
    }
    if (ip === undefined || reachOf(ip, publicRanges) !== "private") return [];
    const why = "is a private address, which the relay refuses to bots unless it is in network.public_ranges";
    return [{ witness, why, line: `public_ranges: [${ip}/${ip.includes(":") ? 128 : 32}]` }];
  });
}

/** Refuses a start that can never be proven from inside the bot's network: nothing but another launch.yaml mends it. */
export function requireReachableWitnesses(
  tier: Tier,
  witnesses: readonly string[],
  publicRanges: readonly PublicRange[],
): void {
  const beyond = outOfReach(witnesses, publicRanges);
  if (tier !== "kernel" || beyond.length === 0 || beyond.length < witnesses.length) return;
  const words = beyond.map(({ witness, why }) => `${witness} ${why}`);
  throw new ConfigError(
    "LAUNCH_CONFIG_INVALID",
    `No witness can be reached by a bot in the kernel tier: ${words.join("; ")}.`,
    {
      hint: `Write in launch.yaml under network: ${[...new Set(beyond.map(({ line }) => line))].join(" and ")}.`,
    },
  );
}

function hostOf(witness: string): string | undefined {
  if (!URL.canParse(witness)) return undefined;
  return new URL(witness).hostname.replaceAll(/^\[|\]$/g, "");
}

function isLoopback(ip: IpAddress): boolean {
  return ip.startsWith("127.") || ip === "::1";
}
