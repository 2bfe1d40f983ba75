import { allowExit } from "../../../operations/exits/allow-exit.ts";
import { requirePublicIp } from "../../../operations/exits/find-exit.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { readVenue } from "../../parse/account-flags.ts";

export const usage = {
  details:
    "Slipway learns this by itself from a signed request that succeeds. Say it when you have registered the address and do not want to wait, or to end a refusal.",
  examples: ["launch account allow alice 203.0.113.7", "launch account allow alice 203.0.113.7 --venue okx"],
  operands: [
    { name: "name", help: "The account's name.", arity: "one" },
    { name: "ip", help: "The exit address.", arity: "one" },
  ],
  flags: { venue: { kind: "text", value: "name", help: "Only this venue (all of the account's)." } },
} as const satisfies CommandUsage;

/** Says that venues take the account's requests from the address. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const { name, ip } = context.args;
  const { network } = await context.loadConfig();
  const exitIp = requirePublicIp(ip, network.publicRanges);
  const venue = context.flags.venue === undefined ? undefined : readVenue(context.flags.venue);
  const operator = await (await context.openWorkspace()).openOperator();
  const { venues, known } = await allowExit(operator, name, { exitIp, venue });
  const news = venues.filter((each) => !known.includes(each));
  const notes =
    news.length === 0
      ? [`${venues.join(" and ")} was known to take ${name}'s requests from ${exitIp} already.`]
      : [`${news.join(" and ")} takes ${name}'s requests from ${exitIp}.`];
  return { data: { version: 1, account: name, exit_ip: exitIp, venues, known }, notes };
}
