import { LaunchError, UsageError } from "../../../errors.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";

export const usage = {
  details:
    "Joins a bot that runs on this host: the command gets its user, environment and network, and ends with it. In the kernel tier any command, in the preload tier Node programs only; another tier refuses it with 78. Its output comes here and not into the bot's log. Typed on a terminal, it has one of its own in the kernel tier. Ends with the command's status.",
  examples: [
    "launch exec alice -- curl -s https://api.ipify.org",
    "launch exec alice -- node scripts/cancel-all.js",
    "launch exec alice -- bash",
  ],
  operands: [{ name: "name", help: "The account.", arity: "one" }],
  command: true,
} as const satisfies CommandUsage;

/** Runs the command, and gives back its status. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const { args, command, io } = context;
  if (command.length === 0)
    throw new UsageError("LAUNCH_USAGE", "No command was given.", {
      hint: `Write it after two dashes: \`launch exec ${args.name} -- env\`.`,
    });
  const [config, { execHere }] = await Promise.all([
    context.loadConfig(),
    import("../../../compose/operators/exec-here.ts"),
  ]);
  const end = await execHere(config, { name: args.name, command, signals: io.signals });
  if (end.kind === "refused" && end.code === "LAUNCH_UNKNOWN_UNIT") await refuseUnknown(context);
  if (end.kind === "refused")
    throw new LaunchError(end.code, end.why, { hint: end.hint, exitStatus: end.exitStatus });
  return { exitStatus: end.status };
}

// What does not run here may be mistyped, or run on another host. Where the database does not answer nobody can tell.
async function refuseUnknown(context: Context<typeof usage>): Promise<void> {
  const { findUnits } = await import("../../../operations/units/find-units.ts");
  try {
    const workspace = await context.openWorkspace();
    const { name } = context.args;
    const store = await workspace.openStore();
    const words = { names: [name], isAll: false, preferred: "bot" } as const;
    const [unit] = await findUnits(store, words, Object.keys(workspace.config.collectors));
    const far = (await store.runs.live()).find(
      ({ run, lease, launcher }) =>
        run.unit.name === name &&
        run.unit.kind === unit?.kind &&
        lease !== undefined &&
        launcher !== undefined &&
        workspace.processes.judge(launcher) === "elsewhere",
    );
    if (far !== undefined) throw runsElsewhere(name, far.run.launcher.host);
  } catch (error) {
    if (error instanceof UsageError) throw error;
  }
}

function runsElsewhere(name: string, host: string): UsageError {
  return new UsageError("LAUNCH_UNKNOWN_UNIT", `"${name}" does not run on this host: it runs on ${host}.`, {
    hint: `Type it on ${host}: a command inside a bot runs where the bot runs.`,
    exitStatus: 1,
  });
}
