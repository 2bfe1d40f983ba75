import type { VenueName } from "../../domain/account.ts";
import { argumentsOfReport, type BotReport } from "../../domain/run/bot-report.ts";
import type { RequestAnswer } from "../../domain/run/unit-wish.ts";
import { requireAccount } from "../find-by-name.ts";
import type { Operator } from "../operator.ts";
import { requireVenueOf } from "../require-venues.ts";
import { answerTo, sendRequest } from "./ask-unit.ts";

/** What an operator reports of the exit that an account's bot is on, or of the account. */
export interface ExitReport extends Omit<BotReport, "venue"> {
  readonly venue: VenueName | undefined;
}

/**
 * Tells the launcher of the account's bot what was seen of its exit; it counts as an operator's word. Undefined when no bot runs. Rejects with
 * UsageError LAUNCH_UNKNOWN_ACCOUNT, LAUNCH_UNKNOWN_VENUE, and LAUNCH_INVALID_VALUE where it is not clear which venue is meant.
 */
export async function reportExit(
  operator: Operator,
  accountName: string,
  report: ExitReport,
): Promise<RequestAnswer | undefined> {
  const account = await requireAccount(operator.store, accountName);
  const venue = await requireVenueOf(operator.store, account, report.venue);
  const message = `${operator.actor} reported "${report.what}" at ${venue} of ${accountName}'s exit${because(report)}`;
  const given = argumentsOfReport({ ...report, venue });
  const asked = { verb: "report", arguments: given, message } as const;
  const id = await sendRequest(operator, { kind: "bot", name: accountName }, asked);
  return id === undefined ? undefined : await answerTo(operator, id);
}

function because({ why }: ExitReport): string {
  return why === undefined ? "." : `: ${why}`;
}
