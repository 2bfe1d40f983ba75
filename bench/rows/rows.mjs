// The rows of docs/performance.md, in its order, and the pages that show each whole.
import { commands } from "./desk/commands.mjs";
import { crashLoop } from "./desk/crash-loop.mjs";
import { logs } from "./desk/logs.mjs";
import { memory } from "./desk/memory.mjs";
import { start } from "./starts/start.mjs";
import { stop } from "./starts/stop.mjs";
import { database } from "./store/database.mjs";
import { fernet } from "./store/fernet.mjs";
import { policy } from "./store/policy.mjs";
import { renewal } from "./store/renewal.mjs";
import { selection } from "./store/selection.mjs";
import { exitLost } from "./traffic/exit-lost.mjs";
import { inBot } from "./traffic/in-bot.mjs";
import { relay } from "./traffic/relay.mjs";
import { tiers } from "./traffic/tiers.mjs";

/** What each page of docs/performance shows. */
export const rooms = {
  starts: [start, stop],
  memory: [memory],
  commands: [commands],
  desk: [logs, crashLoop],
  requests: [inBot, tiers],
  relay: [relay, exitLost],
  store: [database, fernet, selection, renewal, policy],
};

/** Each measures one line of the table by `npm run bench NAME`. */
export const rows = Object.values(rooms).flat();
