import type { CommandUsage, Context, Outcome } from "../command.ts";
import { managedBy, managedFlags } from "../parse/managed-flags.ts";
import { outcomeOf } from "../run-outcome.ts";

export const usage = {
  details:
    "A data collector connects directly. It gets no proxy variable of your shell and not our preload. Only one run of a name at a time, unless it has `instances: many`.",
  examples: [
    "launch collector funding_rate_service",
    "launch collector funding -- python -m services.funding",
  ],
  operands: [{ name: "name", help: "The collector, as in launch.yaml.", arity: "one" }],
  flags: {
    restart: { kind: "choice", choices: ["on-failure", "always", "never"], help: "When to start it again." },
    grace: { kind: "duration", help: "How long it may take to stop before it is killed." },
    ...managedFlags,
    tty: { kind: "toggle", help: "Give it this terminal; its output is not captured." },
  },
  command: true,
} as const satisfies CommandUsage;

/** Runs the collector until it is over. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const { flags, io, command } = context;
  const stops = io.signals;
  const workspace = await context.openWorkspace();
  const [{ runUnit }, { collectorFrom }] = await Promise.all([
    import("../../compose/run-unit.ts"),
    import("../../config/load/units.ts"),
  ]);
  const wishes = { command, restart: flags.restart, graceMs: flags.grace, tty: flags.tty ? true : undefined };
  const collector = collectorFrom(workspace.config, context.args.name, wishes);
  if (!collector.tty) io.neverWait();
  const how = { mayBeMoved: flags.force, managed: managedBy(flags) };
  return outcomeOf(await runUnit(workspace, collector, stops, how), io);
}
