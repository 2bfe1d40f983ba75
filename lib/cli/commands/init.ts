import type { CommandUsage, Context, Outcome } from "../command.ts";
import { renderTable } from "../view/fitted-table.ts";

export const usage = {
  details:
    "Creates launch.yaml and .env in the working folder, unless others are already in use. Existing files are kept, so you can run it again at any time.",
  examples: ["launch init", "launch init --state-dir /srv/launch"],
} as const satisfies CommandUsage;

/** Makes what is missing and says what to type next. */
export async function run({ io }: Context<typeof usage>): Promise<Outcome> {
  const [{ planInit }, { initialise }] = await Promise.all([
    import("../../config/load/init-plan.ts"),
    import("../../compose/initialise.ts"),
  ]);
  const plan = planInit(io.flags);
  const steps = await initialise(plan);
  const key = steps.find(({ what, result }) => what === "key file" && result === "made");
  const isEnvKept = steps.some(({ what, result }) => what === ".env" && result === "kept");
  const notes = [
    ...(isEnvKept
      ? plan.envLines.map((line) => `${plan.envFile} was not changed; add this line to it: ${line}`)
      : []),
    ...(key ? [`Keep a copy of ${key.path} elsewhere: without it no stored credential can be opened.`] : []),
    "next: launch account add alice --proxy-label fra-1 --proxy-endpoint http://gw.example:8001 --proxy-user USER --proxy-pass-stdin",
  ];
  return {
    data: { version: 1, steps },
    text: (style) => renderTable(["result", "what", "path"], steps, style),
    notes,
  };
}
