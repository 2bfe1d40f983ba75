import { spawnSync } from "node:child_process";
import { installZoo } from "../../leak/clients/install-zoo.ts";
import type { VenueAccount } from "./venue-stage.ts";

/** An account for each client, by name (`okx-fetch`: one at OKX). Those of a group run at the same time; all of them at once would starve their launchers. */
export function groupsOf(names: readonly (readonly string[])[]): readonly VenueAccount[][] {
  const groups = names.map((group) => group.map(accountOf).filter(({ client }) => isAvailable(client)));
  return groups.filter((group) => group.length > 0);
}

function accountOf(name: string): VenueAccount {
  const client = name.replace("okx-", "");
  return { name, client, venue: client === name ? "binance" : "okx" };
}

/** Whether the client can be tried here; on the machine that decides it has to be. */
function isAvailable(client: string): boolean {
  if (["fetch", "undici", "https"].includes(client)) return true;
  if (client === "ccxt") return installZoo() !== undefined;
  const tried = spawnSync("/usr/bin/python3", ["-c", `import ${client}`], { encoding: "utf8" });
  if (tried.status === 0) return true;
  const why = `venues: ${client} is skipped: install python3-${client}`;
  if (process.env["CI"] === "true") throw new Error(why);
  process.stderr.write(`${why}\n`);
  return false;
}
