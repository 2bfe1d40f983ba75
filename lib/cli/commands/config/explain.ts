import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { renderFitted } from "../../view/fitted-table.ts";

export const usage = {
  details:
    "Without a name it shows everything; with a name, only the settings that begin with it. Values of the bots' environment variables are never shown.",
  examples: ["launch config explain", "launch config explain bots.alice"],
  operands: [{ name: "name", help: "The name of a setting, or its beginning.", arity: "optional" }],
} as const satisfies CommandUsage;

const columns = ["name", "value", "source"] as const;
const narrowest = { name: 24, value: 20, source: 16 };

/** Gives back the settings with their sources. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const config = await context.loadConfig();
  const wanted = context.args.name ?? "";
  const settings = config.settings.filter((setting) => setting.name.startsWith(wanted));
  const empty = `No setting begins with "${wanted}". See all with \`launch config explain\`.`;
  return {
    data: { version: 1, settings, warnings: config.warnings },
    text: (style) => renderFitted({ columns, expendable: [], narrowest, empty }, settings, style),
  };
}
