import { nearestName } from "./nearest-name.ts";

// Two accounts of one venue never share an exit; a mistyped name would be a venue of its own, and they would. So a name counts
// only when it is one of these, or was said to be new. The ids of ccxt stand as they are written there.
const exchanges = `
  alpaca apex aster backpack bequant bigone binance binanceus bingx bit2c bitbank bitbns bitfinex bitflyer bitget bithumb
  bitmart bitmex bitopro bitrue bitso bitstamp bitteam bittrade bitvavo blockchaincom blofin btcbox btcmarkets btcturk
  bullish bybit bybiteu bydfi cex coinbase coincheck coinex coinmate coinone coinsph coinspot cryptocom cryptomus deepcoin
  delta deribit derive digifinex dydx exmo extended fmfwio foxbit gate gateeu gemini grvt hashkey hibachi hitbtc hollaex htx
  hyperliquid independentreserve indodax kraken kucoin kucoineu latoken lbank lighter luno mercado mexc modetrade mudrex
  myokx nado ndax okx okxus onetrading p2b pacifica paradex paymium phemex poloniex tokocrypto toobit upbit weex whitebit woo
  woofipro xt zaif zebpay
  ace aevo arkham ascendex bitpanda bitunix bluefin btse bitkub buda coincatch coindcx coinmetro coinswitch coinw drift edgex
  gmx giottus gopax hotcoin injective jupiter kalshi korbit lcx limitless lmax manifold maicoin max myriad orangex orderly
  oceanex ostium pionex polymarket predictit probit rabbitx ripio satang sunx swyftx synfutures tabdeal nobitex wallex
  bitpin timex trubit valr vertex vest wazirx bitci paribu kuna whalex yobit zeta zoomex`;
const brokers = `
  5paisa aliceblue anandrathi angelone arihant axisdirect bajajbroking choice compositedge definedge dhan edelweiss finvasia
  flattrade fyers geojit groww hdfcsky icicidirect iifl indmoney jainam kotakneo motilaloswal mstock nirmalbang nuvama
  paytmmoney pocketful rupeezy samco sbisecurities sharekhan shoonya stoxkart tradejini upstox venturasecurities
  wisdomcapital zebu zerodha
  admirals alor avanza avatrade bitpandabroker capitalcom cityindex clearxp cmcmarkets cobratrading comdirect commsec
  degiro dorman dukascopy easymarkets etoro etrade exness fidelity finam firstrade flatex forexcom fpmarkets freedom futu
  fxcm fxopen hfm ibkr icmarkets ig lightspeed longbridge lynx matsui monex moomoo ninjatrader nordnet oanda optionsxpress
  pepperstone plus500 questrade rakuten robinhood roboforex saxo sbi scalable schwab selfwealth sogotrade stake swissquote
  tastytrade tdameritrade thinkmarkets tiger tinkoff topstep traderepublic tradestation tradier trading212 tradovate
  tradezero vantage vanguard wealthsimple webull xm xp xtb zacks`;
const markets = `
  asx b3 bmv bse cboe cme eurex euronext hkex ice jpx jse krx lme lse mcx moex nasdaq nse nyse sgx sse szse tase tmx twse`;

// Other names of the same venue, and its markets that ccxt calls by names of their own: one venue sees all of them.
const otherNames: Readonly<Record<string, string>> = {
  angelbroking: "angelone",
  binancecoinm: "binance",
  binanceusdm: "binance",
  bitfinex2: "bitfinex",
  coinbaseadvanced: "coinbase",
  coinbaseexchange: "coinbase",
  coinbaseinternational: "coinbase",
  coinbasepro: "coinbase",
  deltaexchange: "delta",
  gateio: "gate",
  huobi: "htx",
  huobipro: "htx",
  interactivebrokers: "ibkr",
  kite: "zerodha",
  krakenfutures: "kraken",
  kucoinfutures: "kucoin",
  okex: "okx",
  smartapi: "angelone",
};

const names: ReadonlySet<string> = new Set(
  `any ${exchanges} ${brokers} ${markets}`.split(/\s+/).filter(Boolean),
);

/** Every venue that is known without being said to be new, by name. */
export function knownVenues(): readonly string[] {
  return [...names].filter((name) => name !== "any").toSorted();
}

/** The name under which a venue counts: `binanceusdm` is `binance`, most names are their own. */
export function venueNameOf(name: string): string {
  return Object.hasOwn(otherNames, name) ? (otherNames[name] ?? name) : name;
}

// Sites of one venue for the people of a region, with books of their own. Whoever declared the venue may be a customer of any of them.
const regionalSites: Readonly<Record<string, string>> = {
  bybiteu: "bybit",
  gateeu: "gate",
  kucoineu: "kucoin",
  myokx: "okx",
  okxus: "okx",
};

/** The venues with the sites that they have in regions. */
export function withRegionalSites<Name extends string>(venues: readonly Name[]): readonly Name[] {
  const sites = Object.keys(regionalSites) as Name[];
  return [...new Set([...venues, ...sites.filter((site) => venues.includes(regionalSites[site] as Name))])];
}

/** The one of these venues that is meant by a venue or by a regional site of it. */
export function venueAmong<Name extends string>(venues: readonly Name[], named: Name): Name | undefined {
  return [named, regionalSites[named] as Name | undefined].find(
    (each) => each !== undefined && venues.includes(each),
  );
}

/** Whether a venue of this name is known everywhere. */
export function isKnownVenue(name: string): boolean {
  return names.has(name);
}

/** The known venue that a mistyped name most likely meant; `stored` are those that were said to be new before. */
export function nearestVenue(name: string, stored: readonly string[]): string | undefined {
  const near = nearestName(name, [...stored, ...names, ...Object.keys(otherNames)]);
  return near && venueNameOf(near);
}
