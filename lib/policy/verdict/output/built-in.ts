import type { OutputShapes } from "../../../domain/verdict/output-rule.ts";
import brokers from "./brokers.json" with { type: "json" };
import ccxt from "./ccxt.json" with { type: "json" };
import freqtrade from "./freqtrade.json" with { type: "json" };
import hummingbot from "./hummingbot.json" with { type: "json" };
import passivbot from "./passivbot.json" with { type: "json" };
import pythonBinance from "./python-binance.json" with { type: "json" };
import pythonHttp from "./python-http.json" with { type: "json" };

/** How the frameworks that traders use print refusals; loaded with the first line that may tell of one. */
export const builtInShapes: readonly OutputShapes[] = [
  brokers,
  ccxt,
  freqtrade,
  hummingbot,
  passivbot,
  pythonBinance,
  pythonHttp,
] as readonly OutputShapes[];
