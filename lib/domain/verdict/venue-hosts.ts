import type { VenueName } from "../account.ts";
import type { VenueEntry, VenueRule } from "./venue-entry.ts";

// Kept apart from what the answers of these hosts mean: a launcher whose bot meets successes alone needs this table only.
// Every name stands for itself and for all hosts below it.
const known: Readonly<Record<string, string>> = {
  angelone: "angelone.in angelbroking.com",
  binance: "binance.com binance.vision binancefuture.com",
  binanceus: "binance.us",
  bingx: "bingx.com",
  bitget: "bitget.com",
  bybit: "bybit.com bytick.com bybit.nl bybit-tr.com bybit.kz bybitgeorgia.ge",
  bybiteu: "bybit.eu",
  coinbase: "coinbase.com",
  coinex: "coinex.com",
  deribit: "deribit.com",
  dhan: "dhan.co",
  dydx: "dydx.exchange dydx.trade",
  fyers: "fyers.in",
  gate: "gate.io gate.com gateio.ws",
  hyperliquid: "hyperliquid.xyz",
  kraken: "kraken.com",
  kucoin: "kucoin.com",
  mexc: "mexc.com mexc.co",
  myokx: "eea.okx.com",
  okx: "okx.com",
  okxus: "us.okx.com",
  rupeezy: "rupeezy.in asthatrade.com",
  upstox: "upstox.com",
  zerodha: "kite.trade zerodha.com",
};

/** Where the key alone is judged on every signed request, and errors do not come with status 200: there a signed success says that it may act from this exit. */
const knownAccepting = new Set(
  "binance binanceus bitget coinbase deribit gate mexc myokx okx okxus".split(" "),
);

/** What can be told of an answer without any rule. */
export interface VenueHosts {
  /** A name that begins with a dot stands for everything below. */
  readonly byHost: ReadonlyMap<string, VenueName>;
  /** Venues where a signed success shows that the key may act from this exit. */
  readonly accepting: ReadonlySet<string>;
  /** Whether a user's rule may mean a success whose body is not known. */
  readonly hasRulesForSuccess: boolean;
}

/** The table of the known hosts, behind those that a user's entries name. */
export function venueHosts(users: readonly VenueEntry[]): VenueHosts {
  const byHost = new Map<string, VenueName>();
  for (const [venue, hosts] of Object.entries(known)) {
    for (const host of hosts.split(" ")) {
      byHost.set(host, venue as VenueName);
      byHost.set(`.${host}`, venue as VenueName);
    }
  }
  for (const { venue, hosts = [] } of users)
    for (const host of hosts) byHost.set(host.toLowerCase().replace(/^\*/, ""), venue as VenueName);
  const accepting = new Set(knownAccepting);
  for (const { venue, accepts } of users) {
    if (accepts === true) accepting.add(venue);
    if (accepts === false) accepting.delete(venue);
  }
  return { byHost, accepting, hasRulesForSuccess: users.some(({ rules }) => rules.some(mayMeanSuccess)) };
}

function mayMeanSuccess({ status, code, body }: VenueRule): boolean {
  return code === undefined && body === undefined && (status === undefined || status.some(isSuccess));
}

/** Whether a status says that the request was answered as it was meant; 101 is an accepted WebSocket. */
export function isSuccess(status: number): boolean {
  return status === 101 || (status >= 200 && status <= 399);
}

/** The venue that answers at this host; undefined for a host of no known venue. */
export function venueOfHost(host: string, { byHost }: VenueHosts): VenueName | undefined {
  const name = host.toLowerCase().replace(/\.$/, "");
  const exact = byHost.get(name);
  if (exact !== undefined) return exact;
  for (let dot = name.indexOf("."); dot !== -1; dot = name.indexOf(".", dot + 1)) {
    const venue = byHost.get(name.slice(dot));
    if (venue !== undefined) return venue;
  }
  return undefined;
}
