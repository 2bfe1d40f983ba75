// A bot by ccxt: REST for the account, a stream for the market. It knows nothing of proxies: `launch` gives it its exit.
import ccxt from "ccxt";

const exchangeId = process.env.EXCHANGE ?? "binance";
const symbol = process.env.SYMBOL ?? "BTC/USDT";

// Keys come from the environment that launch.yaml names for this bot (env_file), never from the command line.
const exchange = new ccxt.pro[exchangeId]({
  apiKey: process.env.API_KEY,
  secret: process.env.API_SECRET,
  enableRateLimit: true,
});

let isStopping = false;
for (const signal of ["SIGTERM", "SIGINT"]) {
  process.once(signal, () => {
    isStopping = true;
    void exchange.close();
  });
}

await exchange.loadMarkets();
console.log(`${exchange.id}: ${exchange.symbols.length} markets, clock ${await clockDifferenceMs()} ms off`);
if (exchange.apiKey) console.log("balance", (await exchange.fetchBalance()).total);

let failures = 0;
while (!isStopping) {
  try {
    const { bid, ask } = await exchange.watchTicker(symbol);
    failures = 0;
    console.log(symbol, bid, ask);
  } catch (error) {
    if (isStopping) break;
    // A cut connection is ccxt's to open again; what stays broken is the launcher's to judge, so end and let it.
    if (!(error instanceof ccxt.NetworkError) || ++failures > 5) throw error;
    console.error(`stream: ${error.message}`);
    await exchange.sleep(1_000 * failures);
  }
}

async function clockDifferenceMs() {
  return exchange.has.fetchTime ? Date.now() - (await exchange.fetchTime()) : 0;
}
