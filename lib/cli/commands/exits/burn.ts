import { consequencesOfBurn } from "../../../operations/exits/exit-consequences.ts";
import { burnExit } from "../../../operations/exits/judge-exit.ts";
import { judgedExitView } from "../../../operations/views/exits.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { readVenue } from "../../parse/account-flags.ts";
import { readFuture } from "../../parse/moment-flag.ts";
import { consentFlags, withConsent } from "../../verbs/consent.ts";
import { localTime } from "../../view/ages.ts";

export const usage = {
  details:
    "No account uses the exit at that venue until the time, or until `launch revive`. A bot that runs on it there moves, as far as its budget of switches allows.",
  examples: [
    "launch burn fra-1 --venue binance --until 2h --why 'banned by hand'",
    "launch burn 203.0.113.7 --venue okx",
  ],
  operands: [{ name: "exit", help: "The proxy's label, or the exit address.", arity: "one" }],
  flags: {
    venue: { kind: "text", value: "name", help: "Where it is burned.", required: true },
    until: { kind: "text", value: "time", help: "When it may be tried again (never by itself)." },
    why: { kind: "text", value: "text", help: "The reason, for the history." },
    ...consentFlags,
  },
} as const satisfies CommandUsage;

/** Burns the exit at the venue. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const { exit: named } = context.args;
  const { until, why } = context.flags;
  const venue = readVenue(context.flags.venue);
  const workspace = await context.openWorkspace();
  const operator = await workspace.openOperator();
  const { rules } = workspace.config.switching;
  const untilAt = until === undefined ? undefined : readFuture(until, "--until", operator.clock.now());
  const end = untilAt === undefined ? "until `launch revive`" : `until ${localTime(untilAt)}`;
  return await withConsent(operator, context, {
    what: `Burn ${named} at ${venue}`,
    consequences: await consequencesOfBurn(operator, named, { venue, untilAt, rules }),
    act: (each) => burnExit(each, { named, why }, { venue, untilAt }),
    outcomeOf: (judged) => ({
      data: judgedExitView(judged),
      notes: [`${judged.exit.exitIp} is burned at ${judged.reputations[0]?.venue ?? venue} ${end}.`],
    }),
  });
}
