import { UsageError } from "../../../errors.ts";
import { reviveAssignment } from "../../../operations/assignments/change-assignment.ts";
import { obstaclesTo } from "../../../operations/assignments/obstacles.ts";
import { reviveExit } from "../../../operations/exits/judge-exit.ts";
import { judgedExitView } from "../../../operations/views/exits.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { readVenue } from "../../parse/account-flags.ts";

export const usage = {
  details:
    "With an account and a proxy: ends a demotion, a cooldown or a burn at once and forgets its failures. If the proxy itself cannot be used (disabled, drifted, not answering), that stays; the output says what ends it. With a proxy or an exit address alone: takes back what stands against that exit at venues, for every account.",
  examples: ["launch revive alice fra-1", "launch revive fra-1 --venue binance", "launch revive 203.0.113.7"],
  operands: [
    { name: "name", help: "The account's name; or a proxy's label or an exit address alone.", arity: "one" },
    { name: "proxy", help: "The proxy's label.", arity: "optional" },
  ],
  flags: {
    venue: { kind: "text", value: "name", help: "Only at this venue (at all); for an exit alone." },
    why: { kind: "text", value: "text", help: "The reason, for the history; for an exit alone." },
  },
} as const satisfies CommandUsage;

/** Brings the assignment back, or the exit at its venues. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const { name, proxy } = context.args;
  if (proxy === undefined) return await reviveAtVenues(context);
  if (context.flags.venue !== undefined || context.flags.why !== undefined)
    throw new UsageError("LAUNCH_USAGE", "--venue and --why are for an exit alone.", {
      hint: `Run \`launch revive ${proxy} --venue NAME\`, or \`launch revive ${name} ${proxy}\` without them.`,
    });
  const operator = await (await context.openWorkspace()).openOperator();
  const pairing = { accountName: name, proxyLabel: proxy };
  await reviveAssignment(operator, pairing);
  const obstacles = await obstaclesTo(operator, pairing);
  const isUsable = obstacles.length === 0;
  const notes = isUsable
    ? [`${name} may use ${proxy} again.`]
    : [
        `${proxy} was revived for ${name}, but cannot be used yet:`,
        ...obstacles.map(({ message, fix }) => `${message} ${fix}`),
      ];
  return { data: { version: 1, account: name, proxy, usable: isUsable, obstacles }, notes };
}

async function reviveAtVenues(context: Context<typeof usage>): Promise<Outcome> {
  const { args, flags } = context;
  const operator = await (await context.openWorkspace()).openOperator();
  const isAccount = (await operator.store.accounts.find(args.name)) !== undefined;
  if (isAccount && (await operator.store.proxies.find(args.name)) === undefined)
    throw new UsageError("LAUNCH_USAGE", `"${args.name}" is an account: which proxy is meant?`, {
      hint: `Run \`launch revive ${args.name} <label>\`; \`launch account ips ${args.name}\` lists its exits.`,
    });
  const venue = flags.venue === undefined ? undefined : readVenue(flags.venue);
  const judged = await reviveExit(operator, { named: args.name, why: flags.why }, venue);
  const venues = judged.reputations.map((each) => each.venue).join(" and ") || venue || "any venue";
  return {
    data: judgedExitView(judged),
    notes: [
      judged.reputations.length === 0
        ? `Nothing stood against ${judged.exit.exitIp} at ${venues}.`
        : `Nothing stands against ${judged.exit.exitIp} at ${venues} any more.`,
    ],
  };
}
