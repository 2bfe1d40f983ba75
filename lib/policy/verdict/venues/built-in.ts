import { anyVenue, type VenueName } from "../../../domain/account.ts";
import type { VenueEntry } from "../../../domain/verdict/venue-entry.ts";

type Load = () => Promise<{ readonly default: unknown }>;

const everywhere: readonly Load[] = [
  () => import("./cloudflare.json", { with: { type: "json" } }),
  () => import("./cloudfront.json", { with: { type: "json" } }),
  () => import("./http.json", { with: { type: "json" } }),
];

const byVenue: Readonly<Record<string, Load>> = {
  angelone: () => import("./angelone.json", { with: { type: "json" } }),
  binance: () => import("./binance.json", { with: { type: "json" } }),
  binanceus: () => import("./binanceus.json", { with: { type: "json" } }),
  bingx: () => import("./bingx.json", { with: { type: "json" } }),
  bitget: () => import("./bitget.json", { with: { type: "json" } }),
  bybit: () => import("./bybit.json", { with: { type: "json" } }),
  bybiteu: () => import("./bybiteu.json", { with: { type: "json" } }),
  coinbase: () => import("./coinbase.json", { with: { type: "json" } }),
  coinex: () => import("./coinex.json", { with: { type: "json" } }),
  deribit: () => import("./deribit.json", { with: { type: "json" } }),
  dhan: () => import("./dhan.json", { with: { type: "json" } }),
  dydx: () => import("./dydx.json", { with: { type: "json" } }),
  fyers: () => import("./fyers.json", { with: { type: "json" } }),
  gate: () => import("./gate.json", { with: { type: "json" } }),
  hyperliquid: () => import("./hyperliquid.json", { with: { type: "json" } }),
  kraken: () => import("./kraken.json", { with: { type: "json" } }),
  kucoin: () => import("./kucoin.json", { with: { type: "json" } }),
  mexc: () => import("./mexc.json", { with: { type: "json" } }),
  myokx: () => import("./myokx.json", { with: { type: "json" } }),
  okx: () => import("./okx.json", { with: { type: "json" } }),
  okxus: () => import("./okxus.json", { with: { type: "json" } }),
  rupeezy: () => import("./rupeezy.json", { with: { type: "json" } }),
  upstox: () => import("./upstox.json", { with: { type: "json" } }),
  zerodha: () => import("./zerodha.json", { with: { type: "json" } }),
};

/** What is built in for these venues, and for those whose rules hold there as well; for all of them where one is `any`. */
export async function builtInVenues(venues: readonly VenueName[]): Promise<readonly VenueEntry[]> {
  const wanted = new Set<string>(venues.includes(anyVenue) ? Object.keys(byVenue) : venues);
  const entries: VenueEntry[] = [];
  for (const venue of wanted) {
    const load = Object.hasOwn(byVenue, venue) ? byVenue[venue] : undefined;
    if (load === undefined) continue;
    const entry = (await load()).default as VenueEntry;
    entries.push(entry);
    // A Set takes in what is added while it is walked.
    if (entry.like !== undefined) wanted.add(entry.like);
  }
  const shared = await Promise.all(everywhere.map(async (load) => (await load()).default as VenueEntry));
  return [...entries, ...shared];
}
