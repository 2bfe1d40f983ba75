import { errorCatalogue } from "../../../errors.ts";
import { testChannels } from "../../../operations/alerts/test-channels.ts";
import { testedView } from "../../../operations/views/alerts/channels.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { inWords } from "../../view/errno-words.ts";
import { type FittedTable, renderFitted } from "../../view/fitted-table.ts";

export const usage = {
  details:
    "Sends a message that calls itself a test, and shows what each channel answered. Needs no database. Ends with 1 if a channel did not take it.",
  examples: ["launch notify test", "launch notify test phone"],
  operands: [{ name: "channel", arity: "optional", help: "Only this channel of launch.yaml." }],
} as const satisfies CommandUsage;

const table = {
  columns: ["channel", "kind", "result", "took", "answer"],
  expendable: ["took"],
  narrowest: { answer: 20 },
  empty: "There is no channel.",
} as const satisfies FittedTable<"channel" | "kind" | "result" | "took" | "answer">;

/** Gives back what each channel answered. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const workspace = await context.openWorkspace();
  const { config, clock, random, processes } = workspace;
  const { channelsOfHost } = await import("../../../compose/alerts/open-alerts.ts");
  const { host } = processes.self();
  const tools = { channels: channelsOfHost(workspace.keyring), clock, random, host };
  const tested = await testChannels(config.notify, context.args.channel, tools);
  const hasFailed = tested.some(({ isSent }) => !isSent);
  return {
    data: testedView(tested),
    text: (style) =>
      renderFitted(
        table,
        tested.map(({ name, kind, isSent, answer, tookMs }) => ({
          channel: name,
          kind,
          result: isSent ? "sent" : "failed",
          took: `${tookMs} ms`,
          answer: inWords(answer),
        })),
        style,
      ),
    exitStatus: hasFailed ? errorCatalogue.LAUNCH_CHECK_FAILED.exitStatus : 0,
  };
}
