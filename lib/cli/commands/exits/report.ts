import type { BotReport } from "../../../domain/run/bot-report.ts";
import { ProxyUnavailableError, UsageError } from "../../../errors.ts";
import { reportExit } from "../../../operations/requests/report-exit.ts";
import { reportView } from "../../../operations/views/requests.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { readVenue } from "../../parse/account-flags.ts";
import { readFuture } from "../../parse/moment-flag.ts";

export const usage = {
  details:
    "It counts as if the bot itself had reported it: its launcher judges it at once and does what follows. It is about the exit that the bot is on. `launch burn` is for an exit that no bot uses now.",
  examples: [
    "launch report alice --burned --until 2h --why 'the web page says banned'",
    "launch report alice --venue okx --clear",
  ],
  flags: {
    account: { kind: "text", value: "name", help: "Whose bot it is about.", required: true, isWord: true },
    burned: { kind: "toggle", help: "The venue bans the exit address." },
    limited: { kind: "toggle", help: "The venue limits the rate of the exit address." },
    "geo-blocked": { kind: "toggle", help: "The venue serves nobody from where the exit is." },
    refused: { kind: "toggle", help: "The venue refuses the account's key from this address." },
    accepted: { kind: "toggle", help: "The venue takes the account's key from this address." },
    clear: { kind: "toggle", help: "The venue serves the exit address." },
    venue: { kind: "text", value: "name", help: "Where (the account's venue, if it has only one)." },
    until: { kind: "text", value: "time", help: "When it ends, as the venue says." },
    why: { kind: "text", value: "text", help: "What was seen, for the history." },
  },
} as const satisfies CommandUsage;

/** Hands the report to the launcher of the account's bot. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const { flags, io } = context;
  const what = reported(flags);
  const operator = await (await context.openWorkspace()).openOperator();
  const { account, why } = flags;
  const venue = flags.venue === undefined ? undefined : readVenue(flags.venue);
  const untilAt =
    flags.until === undefined ? undefined : readFuture(flags.until, "--until", operator.clock.now());
  const progress = await io.progress("Waiting for its launcher");
  const answer = await reportExit(operator, account, { what, venue, untilAt, why }).finally(() =>
    progress.done(),
  );
  if (answer === undefined)
    throw new ProxyUnavailableError(`No bot of ${account} runs, so nobody is on an exit to report of.`, {
      hint: `\`launch burn EXIT --venue ${venue ?? "NAME"}\` puts an exit out of use at a venue without a bot.`,
    });
  if (!answer.isDone)
    throw new ProxyUnavailableError(`The launcher of ${account} did not take the report: ${answer.text}`, {
      hint: `\`launch ps\` shows where it stands.`,
    });
  return {
    data: reportView(account, answer),
    notes: [`${answer.text} \`launch why ${account}\` shows what follows.`],
  };
}

const kinds = {
  burned: "burned",
  limited: "limited",
  "geo-blocked": "geo_blocked",
  refused: "refused",
  accepted: "accepted",
  clear: "clear",
} as const satisfies Readonly<Record<string, BotReport["what"]>>;

function reported(flags: Readonly<Record<keyof typeof kinds, boolean>>): BotReport["what"] {
  const names = Object.keys(kinds) as (keyof typeof kinds)[];
  const [given, second] = names.filter((name) => flags[name]);
  const list = names.map((name) => `--${name}`).join(", ");
  if (given === undefined)
    throw new UsageError("LAUNCH_USAGE", "What is reported is missing.", { hint: `Give one of ${list}.` });
  if (second !== undefined)
    throw new UsageError("LAUNCH_USAGE", `--${given} and --${second} were given at once.`, {
      hint: "Report one thing at a time.",
    });
  return kinds[given];
}
