import { isolationWishes } from "../../domain/run/tier.ts";
import type { CommandUsage, Context, Outcome } from "../command.ts";
import { managedBy, managedFlags } from "../parse/managed-flags.ts";
import { outcomeOf } from "../run-outcome.ts";

export const usage = {
  details: `Stays in the foreground, so that tmux, screen, systemd, Kubernetes or pm2 can supervise it. The command is read from launch.yaml unless you give it after --. Ends with the bot's own status, or with a status that says whether to start again (docs/cli.md).`,
  examples: ["launch bot alice", "launch bot alice -- node bots/main.js"],
  flags: {
    account: { kind: "text", value: "name", help: "The account to run.", required: true, isWord: true },
    isolation: {
      kind: "choice",
      choices: isolationWishes,
      help: "The tier that keeps the bot on its proxy; env enforces nothing (default: auto).",
    },
    ports: {
      kind: "list",
      value: "port",
      help: "A further port or range (7000-7010) that the bot may connect to, besides 80, 443, 8443 and 9443; kernel tier.",
    },
    "run-as": { kind: "text", value: "user", help: "Run the bot as this user; kernel tier, as root." },
    restart: {
      kind: "choice",
      choices: ["on-failure", "always", "never"],
      help: "When to start the bot again.",
    },
    "on-failover": {
      kind: "choice",
      choices: ["restart", "reconnect"],
      help: "What happens to the bot when its exit is replaced.",
    },
    "on-no-proxy": {
      kind: "choice",
      choices: ["exit", "hold"],
      help: "What to do at the start when no proxy can be used.",
    },
    "pre-switch": {
      kind: "text",
      value: "command",
      help: "Run this on the old exit before a planned switch leaves it, for at most 10 s.",
    },
    "on-lost": {
      kind: "text",
      value: "command",
      help: "Run this on the next exit after one was lost, before the bot starts, for at most 30 s.",
    },
    grace: { kind: "duration", help: "How long the bot may take to stop before it is killed." },
    "no-pin": {
      kind: "toggle",
      help: "Accept any exit IP instead of expecting the first one again (for rotating gateways).",
    },
    ...managedFlags,
    tty: { kind: "toggle", help: "Give the bot this terminal; its output is not captured." },
  },
  command: true,
} as const satisfies CommandUsage;

/** Runs the bot until it is over. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const { flags, io, command } = context;
  const stops = io.signals;
  const workspace = await context.openWorkspace();
  const [{ runUnit }, { botFrom, commandFlag }] = await Promise.all([
    import("../../compose/run-unit.ts"),
    import("../../config/load/units.ts"),
  ]);
  const bot = botFrom(workspace.config, flags.account, {
    command,
    isolation: flags.isolation,
    ports: flags.ports,
    runAs: flags["run-as"],
    restart: flags.restart,
    onFailover: flags["on-failover"],
    onNoProxy: flags["on-no-proxy"],
    preSwitch: commandFlag("--pre-switch", flags["pre-switch"]),
    onLost: commandFlag("--on-lost", flags["on-lost"]),
    graceMs: flags.grace,
    pinExit: flags["no-pin"] ? false : undefined,
    tty: flags.tty ? true : undefined,
  });
  if (!bot.tty) io.neverWait();
  const how = { mayBeMoved: flags.force, managed: managedBy(flags) };
  return outcomeOf(await runUnit(workspace, bot, stops, how), io);
}
