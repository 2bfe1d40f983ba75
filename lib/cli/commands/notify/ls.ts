import type { ListedAlert, ListedChannel } from "../../../operations/alerts/list-channels.ts";
import { listChannels } from "../../../operations/alerts/list-channels.ts";
import { channelsView } from "../../../operations/views/alerts/channels.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { localTime } from "../../view/ages.ts";
import { inWords } from "../../view/errno-words.ts";
import { type FittedTable, renderFitted } from "../../view/fitted-table.ts";

export const usage = {
  details:
    "Shows the channels of launch.yaml and those of other launchers of this database: whether each works, what was sent last, and what waits to be sent. Below it shows the alerts that are open, and those of the last day.",
} as const satisfies CommandUsage;

const table = {
  columns: ["channel", "kind", "state", "last sent", "waiting", "why"],
  expendable: ["last sent"],
  narrowest: { why: 20 },
  empty: "Nobody is told of anything. Add `notify` to launch.yaml; docs/alerts.md shows how.",
} as const satisfies FittedTable<"channel" | "kind" | "state" | "last sent" | "waiting" | "why">;

const alertTable = {
  columns: ["alert", "since", "what"],
  expendable: ["since"],
  narrowest: { what: 30 },
  empty: "No alert is open, and none was within the last day.",
} as const satisfies FittedTable<"alert" | "since" | "what">;

/** Gives back who is told, and what is open. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const workspace = await context.openWorkspace();
  const { notify } = workspace.config;
  const store = await workspace.database.openAlerts();
  const listed = await listChannels(store, notify, workspace.clock.now());
  return {
    data: channelsView(listed),
    text: (style) =>
      [
        renderFitted(table, listed.channels.map(channelRow), style),
        renderFitted(alertTable, listed.alerts.map(alertRow), style),
      ].join("\n\n"),
  };
}

function channelRow({ name, kind, state, sentAt, waiting, error, failingSince }: ListedChannel) {
  const since = failingSince === undefined ? "" : `since ${localTime(failingSince)}: `;
  return {
    channel: name,
    kind,
    state,
    "last sent": sentAt === undefined ? "never" : localTime(sentAt),
    waiting: String(waiting),
    why: error === undefined ? "" : `${since}${inWords(error)}`,
  };
}

function alertRow({ id, title, openedAt }: ListedAlert) {
  return { alert: id, since: localTime(openedAt), what: title };
}
