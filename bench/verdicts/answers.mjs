// What it costs to look through what bots print and to tell what venues' answers mean.
// `node scripts/build.mjs && node --expose-gc bench/verdicts/answers.mjs`
const policy = new URL("../../dist/lib/policy/verdict/", import.meta.url);
const load = (name) => import(new URL(name, policy));

const plain = [
  "2026-05-28 20:26:40,451 - freqtrade.worker - INFO - Bot heartbeat. PID=1234, version='2026.4', state='RUNNING'",
  "2026-05-28 20:26:41 INFO BTC/USDT: price 64123.5 rsi 48.1 macd -12.4 volume 4180.2 spread 0.03 position long 0.25 pnl 12.2 %",
  `{"level":30,"time":1780000000000,"pid":1,"msg":"order placed","id":"1003","symbol":"BTC/USDT","price":64123.5,"amount":0.01}`,
  "[ticker] ETHUSDT bid=3012.11 ask=3012.12",
];
const telling = [
  `ccxt.base.errors.DDoSProtection: binance 418 I'm a teapot {"code":-1003,"msg":"Way too much request weight used; IP banned until 1780000600000."}`,
  'ccxt.base.errors.PermissionDenied: bybit {"retCode":10010,"retMsg":"Unmatched IP, please check"}',
  "requests.exceptions.HTTPError: 429 Client Error: Too Many Requests for url: https://api.telegram.org/bot/x",
];

globalThis.gc?.();
const before = process.memoryUsage().heapUsed;
const startedAt = performance.now();
const { loadVenueBook } = await load("venues/load-book.js");
const book = await loadVenueBook(["binance"], []);
const { loadOutputRules } = await load("output/load-output.js");
const rules = await loadOutputRules([], book);
const loadedMs = performance.now() - startedAt;
const [{ mayTell }, { matchOutput }, { classify }] = await Promise.all(
  ["output/may-tell.js", "output/output-rules.js", "classify.js"].map(load),
);
globalThis.gc?.();
console.log(
  `rules loaded in ${loadedMs.toFixed(1)} ms, ${kb(process.memoryUsage().heapUsed - before)} kB of heap`,
);

const at = 1_780_000_000_000;
const answer = { host: "api.binance.com", headers: {}, body: undefined, isSigned: true, times: 1, at };
each("a line that tells nothing, first look", plain, (line) => mayTell(line, []));
each("a line that tells nothing, both looks", plain, (line) =>
  matchOutput({ line, at, onlyVenue: undefined }, rules),
);
each("a line that tells something, both looks", telling, (line) => {
  if (mayTell(line, [])) matchOutput({ line, at, onlyVenue: undefined }, rules);
});
each("an answer of 200", [200], (status) => classify({ ...answer, status }, book));
each("an answer of 418", [418], (status) => classify({ ...answer, status }, book));

function each(name, values, work) {
  const rounds = 100_000;
  const run = () => {
    const start = process.hrtime.bigint();
    for (let round = 0; round < rounds; round += 1) for (const value of values) work(value);
    return Number(process.hrtime.bigint() - start) / (rounds * values.length) / 1_000;
  };
  run();
  const times = [run(), run(), run(), run(), run()].sort((a, b) => a - b);
  console.log(`${name}: ${times[2].toFixed(2)} µs (${times[0].toFixed(2)} to ${times[4].toFixed(2)})`);
}

function kb(bytes) {
  return Math.round(bytes / 1_024);
}
