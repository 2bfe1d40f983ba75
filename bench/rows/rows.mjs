// The rows of docs/performance.md, in its order, and the pages that show each whole.
import { commands } from "./desk/commands.mjs";
import { memory } from "./desk/memory.mjs";
import { start } from "./starts/start.mjs";
import { stop } from "./starts/stop.mjs";
import { renewalRow } from "./store/renewal.mjs";

/** What each page of docs/performance shows. */
export const rooms = {
  starts: [start, stop],
  desk: [memory, commands],
  store: [renewalRow],
};

/** Each measures one line of the table by `npm run bench NAME`. */
export const rows = Object.values(rooms).flat();
