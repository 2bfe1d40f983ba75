import { type ExitIp, parseIp } from "../../../lib/domain/ip.ts";
import type { WorldAccount, WorldProxy } from "./layout.ts";

/** What is wrong now, which no launcher can look at but by asking. */
export interface Truth {
  readonly isProxyDead: Set<string>;
  readonly isRefusingCredential: Set<string>;
  /** By label: where it leaves now instead. */
  readonly drifts: Map<string, ExitIp>;
  /** By label: when it last began to leave from somewhere else, or from its own exit again. */
  readonly changedAtMs: Map<string, number>;
  /** By label: when it last let anybody through again, behind which nobody could look before. */
  readonly backAtMs: Map<string, number>;
  readonly isVendorOut: Set<string>;
  readonly isHostOffline: Set<string>;
  readonly isWitnessDown: Set<string>;
  /** What a witness tells whoever asks it, whatever it sees. */
  readonly lies: Map<string, ExitIp>;
  /** By exit and venue: until when the venue refuses it. */
  readonly bans: Map<string, number>;
  readonly isLimited: Set<string>;
  readonly isVenueInTrouble: Set<string>;
}

export function nothingWrong(): Truth {
  return {
    isProxyDead: new Set(),
    isRefusingCredential: new Set(),
    drifts: new Map<string, ExitIp>(),
    changedAtMs: new Map(),
    backAtMs: new Map(),
    isVendorOut: new Set(),
    isHostOffline: new Set(),
    isWitnessDown: new Set(),
    lies: new Map<string, ExitIp>(),
    bans: new Map(),
    isLimited: new Set(),
    isVenueInTrouble: new Set(),
  };
}

/** The host's own address, which must never be seen. */
export function directIpOf(host: string): ExitIp {
  return parseIp(`198.18.0.${Number(host.slice(5))}`) as ExitIp;
}

/** Where a proxy leaves now for that host. */
export function exitOf(truth: Truth, proxy: WorldProxy, host: string): ExitIp {
  if (proxy.isTransparent) return directIpOf(host);
  return truth.drifts.get(proxy.label) ?? proxy.exitIp;
}

/** What a venue answers to whoever leaves from there. */
export function venueAnswer(
  truth: Truth,
  {
    venue,
    exitIp,
    account,
    nowMs,
  }: {
    readonly venue: string;
    readonly exitIp: ExitIp;
    /** Undefined for a probe without a key. */
    readonly account: Pick<WorldAccount, "name"> | undefined;
    readonly nowMs: number;
  },
): { readonly status: number; readonly retryAfterS: number | undefined } {
  if (truth.isVenueInTrouble.has(venue)) return { status: 503, retryAfterS: undefined };
  const bannedUntil = truth.bans.get(`${exitIp} ${venue}`);
  if (bannedUntil !== undefined && bannedUntil > nowMs)
    return { status: venue === "binance" ? 418 : 403, retryAfterS: Math.ceil((bannedUntil - nowMs) / 1_000) };
  if (account !== undefined && truth.isLimited.has(account.name)) return { status: 429, retryAfterS: 5 };
  return { status: 200, retryAfterS: undefined };
}
