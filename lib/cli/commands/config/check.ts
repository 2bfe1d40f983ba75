import type { CommandUsage, Context, Outcome } from "../../command.ts";

export const usage = {
  details:
    "Reads launch.yaml, .env and the files of variables that they name, and says what is wrong, without starting anything. A launcher that runs is not touched; `launch reload` hands the new settings to it.",
  examples: ["launch config check"],
  operands: [
    { name: "unit", help: "Bots and collectors, by name or pattern; all without one.", arity: "many" },
  ],
} as const satisfies CommandUsage;

/** Gives back what launch.yaml declares, and ends with 78 when a unit could not run as declared. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const workspace = await context.openWorkspace();
  const { planDesk } = await import("../../../compose/desk/plan-desk.ts");
  const plan = await planDesk(workspace.config, () => workspace.openStore(), context.args.unit);
  const { units, refused } = plan;
  const names = (kind: string) =>
    units.filter(({ unit }) => unit.kind === kind).map(({ unit: { name } }) => name);
  const [bots, collectors] = [names("bot"), names("collector")];
  return {
    data: { version: 1, file: workspace.config.file ?? null, bots, collectors, refused },
    text: (style) =>
      [
        `${workspace.config.file ?? "no launch.yaml"}: ${count(bots.length, "bot")}, ${count(collectors.length, "collector")}`,
        ...refused.map(({ name, why }) => `${style.bad(name)}: ${why}`),
      ].join("\n"),
    exitStatus: refused.length > 0 ? 78 : 0,
  };
}

function count(many: number, what: string): string {
  return `${many} ${what}${many === 1 ? "" : "s"}`;
}
